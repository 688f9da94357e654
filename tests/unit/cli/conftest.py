"""What tests of commands need."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.support.translating import Translator

LANGUAGES = frozenset({"en", "id", "my", "th"})
"""As many as show what there is to show: checking fourteen takes three times as long."""


@pytest.fixture(scope="session")
def some_languages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's content in some of its languages."""
    content = tmp_path_factory.mktemp("some") / "content"
    shutil.copytree(ROOT / "content", content, ignore=_others)
    listed = content / "languages.yml"
    head, *entries = re.split(r"(?m)(?=^  - code: )", listed.read_text(encoding="utf-8"))
    kept = [entry for entry in entries if entry.split()[2] in LANGUAGES]
    assert len(kept) == len(LANGUAGES)
    listed.write_text("".join((head, *kept)), encoding="utf-8")
    return content


@pytest.fixture
def translator(
    some_languages: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Translator:
    """A translator with a copy of the content in some languages."""
    content = tmp_path / "content"
    shutil.copytree(some_languages, content)
    monkeypatch.setenv("HELPLINE_CONTENT_DIR", str(content))
    return Translator(content, tmp_path / "mine.po", capsys)


@pytest.fixture
def reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Translator:
    """A translator who only exports, and needs no copy: all that the project ships."""
    monkeypatch.setenv("HELPLINE_CONTENT_DIR", str(ROOT / "content"))
    return Translator(ROOT / "content", tmp_path / "mine.po", capsys)


def _others(place: str, names: list[str]) -> list[str]:
    """Name the files of other languages."""
    if Path(place).parent.name != "answers" and Path(place).name != "phrases":
        return []
    return [name for name in names if name.partition(".")[0] not in LANGUAGES]
