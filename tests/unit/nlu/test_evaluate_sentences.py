"""Wrong labels are refused with file, entry and mend; right ones are read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.evaluate.sentences import Sentence, SentencesError, read

INTENTS = ("greet", "thanks")
GOOD = """\
language: hi
sentences:
  - text: "no"
    intents: [greet, thanks]
    urgent: true
"""


def _file(folder: Path, text: str, name: str = "hi.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _refused(path: Path) -> str:
    with pytest.raises(SentencesError) as caught:
        read([path], INTENTS)
    return str(caught.value)


def test_a_directory_is_read_whole_and_each_file_once(tmp_path: Path) -> None:
    path = _file(tmp_path, GOOD)
    _file(tmp_path, GOOD.replace("hi", "ur"), "ur.yml")
    found = read([tmp_path, path], INTENTS)
    assert [s.language for s in found] == ["hi", "ur"]
    assert found[0] == Sentence("no", ("greet", "thanks"), True, "hi", f"{path}:3")  # noqa: FBT003


@pytest.mark.parametrize(
    ("good", "bad", "line", "says"),
    [
        ("greet, thanks", "greet, thnks", 4, "entry 1: the intent 'thnks' is not known"),
        ("[greet, thanks]", "[]", 4, "entry 1: no intent is acceptable"),
        ("[greet, thanks]", "greet", 4, "entry 1: expected a list, found a text"),
        ("urgent: true", "urgent: yes", 5, "entry 1: expected true or false, found a text"),
        ("urgent: true", "urgnt: true", 5, "entry 1: the key `urgnt` is not known here"),
        ("    urgent: true\n", "", 3, "entry 1: the key `urgent` is missing"),
        ('"no"', "12", 3, "entry 1: expected a text, found a number"),
        ('"no"', '" "', 3, "entry 1: the text is empty"),
        ("language: hi", "language: Hindi", 1, "'Hindi' is no language"),
        ("language: hi", "lang: hi", 1, "the key `language` is missing"),
        ("sentences:", "sentences: [", 3, "not valid YAML"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, good: str, bad: str, line: int, says: str) -> None:
    assert good in GOOD
    path = _file(tmp_path, GOOD.replace(good, bad))
    message = _refused(path)
    assert f"{path}:{line}: {says}" in message
    assert message.endswith(")"), "the mend"


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    entry = '  - {text: "a", intents: [nonsense], urgent: false}\n'
    _file(tmp_path, GOOD + entry + entry)
    _file(tmp_path, "sentences: []", "ur.yml")
    told = _refused(tmp_path).splitlines()
    assert [line.partition(": ")[2].partition(":")[0] for line in told] == [
        "entry 2",
        "entry 3",
        "the key `language` is missing (add a line `language",
    ]


def test_a_path_without_sentences_is_refused(tmp_path: Path) -> None:
    assert "it is not there" in _refused(tmp_path / "gone.yml")
    assert "no *.yml file in it" in _refused(tmp_path)
    assert "there are no sentences" in _refused(_file(tmp_path, "language: hi\nsentences: []\n"))
