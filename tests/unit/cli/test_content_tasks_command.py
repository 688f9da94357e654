"""Promises about `helpline content tasks`: readable, most pressing first, and without a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot import cli


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELPLINE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("HELPLINE_DATABASE_URL", raising=False)
    return tmp_path / "var"


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert cli.main(["content", "tasks", *words]) == 0
    return capsys.readouterr().out


def test_the_first_twenty_are_listed_and_all_are_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    short, whole = printed(capsys), printed(capsys, "--all")
    assert "The first 20 are shown; --all shows all." in short
    assert len(short.splitlines()) == 62
    assert whole.startswith(short[: short.index("\n\n")])
    assert "in all: " in short
    assert "\x1b" not in short


def test_machines_get_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(printed(capsys, "--json"))
    assert len(rows) > 20
    assert {"rank", "due", "kind", "file", "line", "what", "mend", "owner"} == rows[0].keys()
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)


def test_a_language_and_a_role_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    thai = json.loads(printed(capsys, "--json", "--language", "th"))
    assert thai
    assert all("/th." in row["file"] for row in thai)
    translators = json.loads(printed(capsys, "--json", "--owner", "translators"))
    assert {row["owner"] for row in translators} == {"translators"}
    assert printed(capsys, "--owner", "nobody") == "Nothing to do.\n"


def test_a_store_that_does_not_run_is_not_started(
    capsys: pytest.CaptureFixture[str], nothing_runs: Path
) -> None:
    place = nothing_runs / "postgres"
    place.mkdir(parents=True)
    (place / "postmaster.pid").write_text("999999999\n", encoding="utf-8")
    assert "in all: " in printed(capsys)
    assert [path.name for path in place.iterdir()] == ["postmaster.pid"]


def test_a_server_that_is_away_hides_nothing_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPLINE_KEY", "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=")
    monkeypatch.setenv("HELPLINE_DATABASE_URL", "postgresql://x@127.0.0.1:9/x")
    assert "in all: " in printed(capsys)


def test_content_that_cannot_be_loaded_is_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HELPLINE_CONTENT_DIR", str(tmp_path / "nothing"))
    assert cli.main(["content", "tasks"]) == 1
    assert "`helpline check` lists them all" in capsys.readouterr().err
