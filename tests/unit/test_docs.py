"""What the documents say is there, and is as the code has it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot import cli
from bot.content.check import LONGEST, LONGEST_CRITICAL
from bot.content.freshness import WITHHELD_AFTER
from bot.content.library import load
from bot.content.tasks import SOON
from bot.handoff.acts.buttons import OUTCOMES, Verb
from bot.handoff.paging.timing import CRITICAL, ELEVATED
from bot.handoff.rooms import card
from bot.settings import ROOT, Settings

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]
PICTURES = sorted(ROOT.glob("docs/pictures/*.png"))
MOST_BYTES = 150 * 1024
"""Of a picture: people read this on a phone, on a network that is slow."""
OPERATORS = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
EDITORS = (ROOT / "docs/editors.md").read_text(encoding="utf-8")
DESK = (ROOT / "docs/desk.md").read_text(encoding="utf-8")
HOUR = 60

_LINK = re.compile(r"\]\(([^()\s]+)\)|<(?:img|a) [^>]*?(?:src|href)=\"([^\"]+)\"")
_CODE = re.compile(r"```.*?```", re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def _links(document: Path) -> list[str]:
    text = _CODE.sub("", document.read_text(encoding="utf-8"))
    return [first or second for first, second in _LINK.findall(text)]


def _anchors(document: Path) -> set[str]:
    """Of headings, as GitHub makes them."""
    text = _CODE.sub("", document.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(text)
    }


def _minutes(times: tuple[timedelta, ...] | timedelta) -> list[int]:
    found = times if isinstance(times, tuple) else (times,)
    return [int(time / timedelta(minutes=1)) for time in found]


def _and(numbers: list[int]) -> str:
    return " and ".join(map(str, numbers))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in _links(document):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


def test_every_picture_is_shown_and_small_enough_for_a_slow_network() -> None:
    shown = {
        (document.parent / link).resolve()
        for document in DOCUMENTS
        for link in _links(document)
        if link.endswith(".png")
    }
    assert shown == set(PICTURES)
    assert all(picture.stat().st_size < MOST_BYTES for picture in PICTURES)


def test_operators_read_the_minutes_that_the_timers_have() -> None:
    for name, numbers in (
        ("called: all on duty", [_minutes(pace.next_ring) for pace in (CRITICAL, ELEVATED)]),
        (
            "yours, unanswered: you are reminded",
            [_minutes(pace.reminders) for pace in (CRITICAL, ELEVATED)],
        ),
        (
            "yours, unanswered: **back to the queue**",
            [_minutes(pace.requeue) for pace in (CRITICAL, ELEVATED)],
        ),
    ):
        critical, elevated = map(_and, numbers)
        assert f"| {name} | {critical} | {elevated} |" in OPERATORS
    ring, again, patient = (
        _minutes(time)[0] for time in (CRITICAL.next_ring, CRITICAL.again, CRITICAL.patient)
    )
    slow, seldom = _minutes(ELEVATED.next_ring)[0], _minutes(ELEVATED.again)[0]
    assert f"| {2 * ring}, then every {again}, later every {patient} |" in OPERATORS
    assert f" | {2 * slow}, then every {seldom} |" in OPERATORS
    assert f"after {2 * ring} minutes, then every {again}, later every {patient} |" in DESK
    assert f"after {2 * slow} minutes, then every {seldom} |" in DESK
    seen = [_minutes(pace.seen)[0] for pace in (CRITICAL, ELEVATED)]
    assert f"rest for {seen[0]} minutes (critical) or {seen[1]} (elevated)" in OPERATORS


def test_operators_read_when_the_contact_is_told_how_it_stands() -> None:
    first, then = _minutes(CRITICAL.words)[:5], _minutes(CRITICAL.words)[5:]
    assert then == list(range(2 * HOUR, 24 * HOUR + 1, 2 * HOUR))
    said = ", ".join(map(str, first))
    assert f"after {said} minutes, then every 2 hours for a day" in OPERATORS
    quarter, *hours = _minutes(ELEVATED.words)[:3]
    assert _minutes(ELEVATED.words)[3:] == list(range(12 * HOUR, 48 * HOUR + 1, 12 * HOUR))
    said = _and([minutes // HOUR for minutes in hours])
    assert f"{quarter} minutes, {said} hours, then every 12 hours for two days" in OPERATORS


def test_operators_read_of_every_button_and_of_every_way_to_end_a_case() -> None:
    content = load(ROOT / "content")
    keys = [
        *(f"desk_button_{verb.value}" for verb in Verb if verb not in {Verb.BACK, Verb.ANSWER}),
        *(f"desk_outcome_{outcome.value}" for outcome in OUTCOMES),
    ]
    for key in keys:
        phrase = content.phrase(key, "en")
        assert phrase is not None
        assert phrase.fill({}).replace("...", "…") in OPERATORS, key
    for mark in (*card.MARKS.values(), card.DONE):
        assert f"`{mark}`" in OPERATORS


def test_editors_read_the_days_and_lengths_that_the_checks_hold() -> None:
    assert f"| {SOON.days} days before `review_by` | on the list of tasks |" in EDITORS
    assert f"| more than {WITHHELD_AFTER.days} days after | **the number is no longer" in EDITORS
    assert f"{LONGEST:,} characters, and {LONGEST_CRITICAL} where a life" in EDITORS


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "docs/editors.md"], ids=lambda path: path.name
)
def test_every_command_that_editors_read_of_is_there(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pattern = r"helpline (content|flows|directory|missed) ([a-z]+)"
    for group, command in sorted(set(re.findall(pattern, page.read_text(encoding="utf-8")))):
        with pytest.raises(SystemExit) as end:
            cli.main([group, command, "--help"])
        assert end.value.code == 0, (group, command)
        assert f"helpline {group} {command}" in capsys.readouterr().out


def test_the_readme_lists_every_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Settings")[2].partition("\n## ")[0]
    for name in Settings.model_fields:
        assert f"`{name.upper()}`" in table, name
