"""A changed value changes its own lines of a YAML file, and no other byte of it."""

from __future__ import annotations

import copy
import difflib
import random
from typing import Any

import pytest

from bot.cli.directory.columns import ENTRY_SHEETS
from bot.cli.directory.entries import cells_of, changed, sheet_named
from bot.cli.directory.rewriting import RewriteError, rewritten
from bot.domain.yaml_source import load_yaml
from bot.settings import ROOT

ODD = """\
# Top
missions:

  # first
  - id: one   # its id
    name: {en: One, id: Satu}   # a flow mapping
    note: |
      Two lines,
      kept apart.

    # before phones
    phones:
      - number: "117"  # in double quotes
        use: [emergency]
    verified_on: 2026-11-23
  # second
  - id: two
    note: >-
      folded
      text
# bottom
"""
TEXTS = ("", "x: y", "#no", "yes", "- a", "'q'", '"', "a\nb", "many words " * 30, "{x}", "007")


def plain(text: str) -> Any:  # noqa: ANN401 - YAML
    return copy.deepcopy(load_yaml(text, "").plain())


def differing(old: str, new: str) -> tuple[list[str], list[str]]:
    lines = list(difflib.ndiff(old.splitlines(), new.splitlines()))
    return (
        [line[2:] for line in lines if line.startswith("- ")],
        [line[2:] for line in lines if line.startswith("+ ")],
    )


@pytest.mark.parametrize(
    ("path", "value", "gone", "come"),
    [
        ((0, "note"), "One.", "    note: |\n      Two lines,\n      kept apart.", "    note: One."),
        (
            *((0, "verified_on"), "2026-11-24"),
            *("    verified_on: 2026-11-23", "    verified_on: 2026-11-24"),
        ),
        (
            *((0, "phones", 0, "number"), "118"),
            '      - number: "117"  # in double quotes',
            "      - number: '118'  # in double quotes",
        ),
        ((0, "phones", 0, "use"), "office", "        use: [emergency]", "        use: office"),
        (
            *((0, "name", "en"), "Uno"),
            "    name: {en: One, id: Satu}   # a flow mapping",
            "    name:\n      en: Uno\n      id: Satu   # a flow mapping",
        ),
        ((0, "kind"), "x", "", "    kind: x"),
        ((1, "kind"), "x", "", "    kind: x"),
        ((1, "note"), "Short", "    note: >-\n      folded\n      text", "    note: Short"),
    ],
)
@pytest.mark.parametrize("form", ["plain", "windows", "marked"])
def test_only_the_lines_of_the_value_change(
    path: tuple[Any, ...], value: str, gone: str, come: str, form: str
) -> None:
    text = ODD
    if form == "windows":
        text = text.replace("\n", "\r\n")
    if form == "marked":
        text = "\ufeff" + text
    wanted = plain(text.removeprefix("\ufeff"))
    at = wanted["missions"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    new = rewritten(text, wanted)
    assert differing(text, new) == (gone.splitlines(), come.splitlines())
    assert new.count("\r\n") == (new.count("\n") if form == "windows" else 0)
    assert new.startswith("\ufeff") is (form == "marked")


def test_a_removed_entry_takes_its_own_lines_with_it_alone() -> None:
    wanted = plain(ODD)
    del wanted["missions"][0]
    assert rewritten(ODD, wanted) == (
        "# Top\nmissions:\n\n  # first\n  # second\n  - id: two\n"
        "    note: >-\n      folded\n      text\n# bottom\n"
    )
    wanted = plain(ODD)
    del wanted["missions"][1]
    assert "# second" in rewritten(ODD, wanted)


def test_what_cannot_be_changed_in_place_is_refused() -> None:
    with pytest.raises(RewriteError):
        rewritten("[a, b]\n", ["c"])
    with pytest.raises(RewriteError):
        rewritten("", {})


@pytest.mark.parametrize("sheet", [sheet.name for sheet in ENTRY_SHEETS])
def test_whatever_changes_in_an_entry_leaves_all_other_lines_alone(sheet: str) -> None:
    text = (ROOT / "content" / "directory" / f"{sheet}.yml").read_text(encoding="utf-8")
    chance = random.Random(5)
    before = plain(text)
    for _ in range(25):
        wanted = copy.deepcopy(before)
        entries = wanted[sheet]
        at = chance.randrange(len(entries))
        cells = cells_of(sheet_named(sheet), entries[at])
        path = chance.choice([path for path in cells if path not in {("resident",), ("fallback",)}])
        entries[at] = changed(sheet_named(sheet), entries[at], {path: chance.choice(TEXTS)})
        try:
            new = rewritten(text, wanted)
        except RewriteError as error:
            # The first line of an item holds what no item can be without.
            assert "first line" in str(error)  # noqa: PT017 - most do not raise
            continue
        assert plain(new) == wanted
        first = text.index(f"- id: {entries[at]['id']}\n")
        end = text.find("\n  - id: ", first)
        assert new.startswith(text[:first])
        assert end < 0 or new.endswith(text[end:])
