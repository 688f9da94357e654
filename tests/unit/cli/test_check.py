"""Promises about `helpline check`: what it says, to people and to machines."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.settings import ROOT

REFERENCE = "answers/held_captive/en.md"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files that the project ships, which the command reads."""
    for name in ("content", "flows"):
        shutil.copytree(ROOT / name, tmp_path / name)
        monkeypatch.setenv(f"HELPLINE_{name.upper()}_DIR", str(tmp_path / name))
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    status = cli.main(["check", *words])
    return status, capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(check(capsys, "--json", *words)[1])
    return found


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_sound_files_end_well_and_every_language_is_counted(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = check(capsys)
    assert status == 0
    assert "0 errors" in text.splitlines()[-1]
    assert "\x1b" not in text
    for name in ("English", "Burmese", "Amharic"):
        assert name in text
    assert "`helpline content tasks` lists them" in text


def test_errors_come_first_under_their_file_with_line_and_mend(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(files / "content" / REFERENCE, "Thank you", "<b>Thank you</b>")
    replace(files / "content/phrases/th.yml", "  no_answer: ", "  no_answers: ")
    status, text = check(capsys)
    assert status == 1
    lines = text.splitlines()
    at = lines.index(f"content/{REFERENCE}")
    assert lines[at + 1].startswith("  error: line 1")
    assert "HTML" in lines[at + 1]
    assert lines[at + 2].startswith("    ")
    assert "content/phrases/th.yml" in lines
    assert "errors" in lines[-1]


def test_what_is_wrong_in_many_files_is_said_once(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = list((files / "content/answers").glob("*/*.md"))
    for path in answers:
        text = path.read_text(encoding="utf-8")
        old = text.replace("2026-11-23", "2020-01-01").replace("2027-02-21", "2020-02-01")
        path.write_text(old, encoding="utf-8")
    status, text = check(capsys)
    assert status == 0
    assert text.count("the text is past its review") == 1
    assert f"and {len(answers) - 3} more files" in text


def test_machines_get_one_object(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = as_json(capsys)
    assert (sound["ok"], sound["errors"]) == (True, 0)
    assert sound["checked"]["answer"] > 600
    topics = len(list((files / "content/answers").glob("*/th.md")))
    assert sound["languages"]["th"]["answers"]["done"] == topics
    assert set(sound["tasks"]) <= {
        *("stale", "due", "unconfirmed", "missing", "changed", "unreviewed")
    }
    replace(files / "content" / REFERENCE, "Thank you", "<b>Thank you</b>")
    broken = as_json(capsys)
    assert (broken["ok"], broken["errors"]) == (False, 1)
    (problem,) = [found for found in broken["problems"] if found["severity"] == "error"]
    assert problem["file"] == f"content/{REFERENCE}"
    assert problem["line"] > 1
    assert {"what", "mend"} <= problem.keys()


def test_files_that_cannot_be_loaded_are_told_of_and_not_counted(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "content/phrases/en.yml").write_text("phrases: [", encoding="utf-8")
    status, text = check(capsys)
    assert status == 1
    assert "content/phrases/en.yml" in text
    found = as_json(capsys)
    assert (found["ok"], found["languages"], found["tasks"]) == (False, {}, {})


def test_a_question_that_is_gone_is_refused_against_the_revision_that_had_it(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = files / "flows/language.yml"
    text = flow.read_text(encoding="utf-8")
    replace(flow, "collect: language", "id: which\n        collect: language")
    git(files, "init", "-q")
    git(files, "add", "flows")
    git(files, "commit", "-q", "-m", "x")
    assert as_json(capsys, "--against", "HEAD")["ok"]
    flow.write_text(text, encoding="utf-8")
    assert as_json(capsys)["ok"]
    (problem,) = as_json(capsys, "--against", "HEAD")["problems"]
    assert problem["file"] == "flows/language.yml"
    assert "the question `which` is gone" in problem["what"]


@pytest.mark.parametrize("revision", ["nothing", "--output=x"])
def test_a_revision_that_git_does_not_know_is_a_sentence(
    files: Path, capsys: pytest.CaptureFixture[str], revision: str
) -> None:
    git(files, "init", "-q")
    assert cli.main(["check", f"--against={revision}"]) == 2
    printed = capsys.readouterr()
    assert revision.lstrip("-") in printed.err
    assert not printed.out
