"""Promise: whatever is wrong with content is named with its file and its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.content.check import check
from bot.content.library import load
from bot.content.problems import ContentError
from bot.domain.problems import Problem, Severity
from bot.domain.understanding import Tier
from tests.unit.content.conftest import answer

TODAY = date(2026, 11, 24)


class Broken(NamedTuple):
    """A change to one file, and the problem that it must give."""

    file: str
    old: str | None
    """The text to replace; None replaces the whole file."""
    new: str
    line: int
    what: str


MISSIONS = "directory/missions.yml"
SERVICES = "directory/services.yml"
EN = "answers/medicine/en.md"
BODY = "A doctor: {{ services.ambulance.phone }}."

REFUSED = [
    Broken(MISSIONS, "resident: true", "resident: true\n    resident: false", 7, "twice"),
    Broken(MISSIONS, "name: Embassy", "name: &a Embassy", 4, "anchors"),
    Broken(MISSIONS, "name: Embassy", "name: !!python/name:os.system x", 4, "tags"),
    Broken(MISSIONS, "country: ID", "country: XQ", 3, "no country code"),
    Broken(MISSIONS, "'+85523217934'", "'023 217 934'", 8, "no phone number"),
    Broken(MISSIONS, "'+85523217934'", "+85523217934x", 8, "no phone number"),
    Broken(MISSIONS, "use: office", "use: pigeon", 8, "the word is not known"),
    Broken(MISSIONS, "review_by: 2027-02-21", "review_by: 2026-11-01", 11, "not after"),
    Broken(MISSIONS, "verified_on: 2026-11-23", "verified_on: 2026-02-30", 10, "no day"),
    Broken(MISSIONS, "name: Embassy", "nmae: Embassy", 4, "`nmae` is not known"),
    Broken(MISSIONS, "name: Embassy", "name: <b>Embassy</b>", 4, "cannot stand here"),
    Broken(SERVICES, "ref: a shelf", "x: y", 16, "`x` is not known"),
    Broken(SERVICES, "    kind: medical", "   kind: medical", 4, "not valid YAML"),
    Broken("languages.yml", "direction: ltr", "direction: up", 2, "no direction"),
    Broken("phrases/en.yml", "'en NO ANSWER'", "'a {slot'", 5, "single brace"),
    Broken("phrases/id.yml", "language: id", "language: en", 1, "not that of the file name"),
    Broken("phrases/en.yml", "  no_answer: ", "  no_answers: ", 0, "`no_answer` is missing"),
    Broken(EN, "topic: medicine", "topic: medicines", 2, "not that of the file name"),
    Broken(EN, "reviewed: machine", "reviewed: perhaps", 8, "the word is not known"),
    Broken(EN, "reviewed: machine", "reviewd: machine", 8, "`reviewd` is not known"),
    Broken(EN, "reviewed: machine", "reviewed: {by: lawyer}", 8, "`on` is missing"),
    Broken(EN, "reviewed: machine", "reviewed: {by: machine, on: 2026-11-23}", 8, "nobody's role"),
    Broken(EN, "reviewed: machine", "reviewed: {by: x, on: 2026-11-23, at: y}", 8, "`at` is not"),
    Broken(EN, "reviewed: machine", "reviewed: machine\nowner: [a, b]", 9, "expected a text"),
    Broken("answers/medicine/id.md", "reviewed: m", "english: 1a2b\nreviewed: m", 8, "no stamp"),
    Broken(MISSIONS, "missions:", "not_found: [LAO]\nmissions:", 1, "no country code"),
    Broken(SERVICES, "fallback: true", "fallback: 117", 17, "expected true or false"),
    Broken(EN, "---\ntopic", "topic", 1, "front matter is missing"),
    Broken(EN, BODY, " ", 10, "there is no text"),
    Broken("answers/medicine/en.PH.md", None, answer("en", "Hello."), 2, "not that of the file"),
    Broken("answers/medicine/notes.txt", None, "Hello", 0, "not a name of an answer file"),
]

FOUND = [
    Broken(EN, BODY, "Call 117 now.", 10, "phone number is written"),
    Broken(EN, BODY, "One.\n\nCall +855 23 217 934.", 12, "phone number is written"),
    Broken(EN, BODY, "Go to www.example.org", 10, "web or e-mail address"),
    Broken(EN, BODY, "Write to @somebody_kind.", 10, "somebody's name in a messenger"),
    Broken(EN, BODY, "Write to t.me/somebody_kind", 10, "somebody's name in a messenger"),
    Broken(EN, BODY, "Go to help.example.top", 10, "web or e-mail address"),
    Broken(EN, BODY, "One.\n<b>Two</b>", 11, "HTML"),
    Broken(EN, BODY, "One.\n\n# Two", 12, "a heading"),
    Broken(EN, BODY, "One [two](three).", 10, "a hidden link"),
    Broken(EN, BODY, "One **two.", 10, "bold is opened"),
    Broken(EN, BODY, "One \u202etwo.", 10, "turns the direction of reading"),
    Broken(EN, BODY, "One \x0ctwo.", 10, "control sign"),
    Broken(
        EN,
        "verified_on: 2026-11-23\nreview_by: 2027",
        "verified_on: 2062-11-23\nreview_by: 2063",
        0,
        "in the future",
    ),
    Broken(MISSIONS, "review_by: 2027-02-21", "review_by: 2072-02-21", 2, "more than a year"),
    Broken(
        MISSIONS,
        "high}",
        "high, review_by: 2072-02-21}",
        8,
        "a number of `xx_embassy` is reviewed only",
    ),
    Broken(EN, BODY, "One.\n{{ services.nobody.phone }}", 11, "no service `nobody`"),
    Broken(EN, BODY, "One.\n{{ services.ambulance.website }}", 10, "no such fact"),
    Broken(EN, BODY, "One.\n\n{% if mission %}two", 12, "not a template"),
    Broken(MISSIONS, "checked_by: nobody", "checked_by: Sophea Chan", 2, "name of a person"),
    Broken(EN, "reviewed: machine", "reviewed: {by: Dara, on: 2026-11-23}", 0, "name of a person"),
    Broken(EN, "reviewed: machine", "reviewed: machine\nowner: Dara", 0, "name of a person"),
    Broken(EN, BODY, "Write that you want to escape.", 10, "first 40 characters"),
    Broken(EN, BODY, "Write that you want to e\u0301scap.", 10, "first 40 characters"),
    Broken(EN, BODY, "word " * 210, 10, "1049 characters"),
    Broken(
        EN, "reviewed: machine", "reviewed: machine\nbuttons: {title: xx, payload: /y}", 9, "`xx`"
    ),
    Broken("answers/medicine/id.md", "Untuk dokter, ", "A doctor: ", 10, "not translated"),
    Broken("phrases/id.yml", "'id NOANSWER'", "'id {slot}'", 5, "other slots"),
    Broken("phrases/id.yml", "  no_answer: ", "  no_answers: ", 5, "is not in the English file"),
    Broken(SERVICES, "fallback: true", "fallback: false", 0, "no emergency number is there"),
    Broken(SERVICES, "use: emergency", "use: office", 2, "has no emergency number"),
    Broken(MISSIONS, "missions:", "not_found: ID\nmissions:", 0, "and has a mission"),
    Broken("phrases/en.yml", "  no_answer: ", "  country_la: Laos\n  no_answer: ", 5, "of LA"),
    Broken("safety_words.yml", "id: [polisi]", "th: [x]", 0, "no words of id"),
    Broken(
        "answers/medicine/en.LA.md",
        None,
        answer("en", "Go: {{ mission.email }}", "country: LA\n"),
        11,
        "(for LA)",
    ),
    Broken(
        "answers/medicine/id.LA.md",
        None,
        answer("id", "Pergi saja.", "country: LA\n"),
        0,
        "no English text",
    ),
]


def break_it(tree: Path, broken: Broken) -> None:
    path = tree / broken.file
    if broken.old is None:
        path.write_text(broken.new, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    assert broken.old in text, "the case no longer breaks anything"
    path.write_text(text.replace(broken.old, broken.new, 1), encoding="utf-8")


def assert_named(problems: tuple[Problem, ...], broken: Broken) -> None:
    wanted = f"content/{broken.file}"
    named = [found for found in problems if found.file == wanted and found.line == broken.line]
    assert any(broken.what in found.what for found in named), [str(found) for found in problems]
    assert all(found.mend for found in problems)


@pytest.mark.parametrize("broken", REFUSED, ids=lambda broken: f"{broken.file}-{broken.what}")
def test_a_broken_file_is_refused_with_file_and_line(tree: Path, broken: Broken) -> None:
    break_it(tree, broken)
    with pytest.raises(ContentError) as raised:
        load(tree)
    assert_named(raised.value.problems, broken)


@pytest.mark.parametrize("broken", FOUND, ids=lambda broken: f"{broken.file}-{broken.what}")
def test_a_faulty_text_is_found_with_file_and_line(tree: Path, broken: Broken) -> None:
    break_it(tree, broken)
    assert_named(tuple(check(load(tree), [], [], {}, TODAY)), broken)


def test_a_small_tree_without_a_fault_has_no_problem(tree: Path) -> None:
    assert check(load(tree), ["medicine"], ["no_answer"], {}, TODAY) == []


def test_all_problems_are_listed_not_only_the_first(tree: Path) -> None:
    for broken in (REFUSED[3], REFUSED[14], REFUSED[18]):
        break_it(tree, broken)
    with pytest.raises(ContentError) as raised:
        load(tree)
    assert len({problem.file for problem in raised.value.problems}) == 3


def test_a_number_outside_its_numbering_plan_is_found(tree: Path) -> None:
    broken = Broken(MISSIONS, "'+85523217934'", "'+85500000000'", 8, "no such number")
    break_it(tree, broken)
    assert_named(tuple(check(load(tree), [], [], {}, TODAY)), broken)


def test_a_missing_answer_and_a_missing_language_are_found(tree: Path) -> None:
    (tree / "answers/medicine/id.md").unlink()
    problems = check(load(tree), ["food"], ["hello"], {}, TODAY)
    assert {problem.file for problem in problems} == {
        "content/answers/food/en.md",
        "content/answers/food/id.md",
        "content/answers/medicine/id.md",
        "content/phrases/en.yml",
        "content/phrases/id.yml",
    }


def test_a_text_about_danger_must_be_short(tree: Path) -> None:
    break_it(tree, Broken(EN, BODY, "word " * 70, 10, ""))
    library = load(tree)
    assert check(library, [], [], {}, TODAY) == []
    (problem,) = check(library, [], [], {"medicine": Tier.CRITICAL}, TODAY)
    assert "349 characters" in problem.what


@pytest.mark.parametrize(
    ("language", "reviewed", "words", "lengths"),
    [
        ("id", "machine", 197, []),
        ("id", "machine", 198, ["1004 characters when rendered"]),
        ("id", "human", 198, []),
        ("en", "machine", 198, ["1004 characters when rendered"]),
        ("en", "human", 198, []),
    ],
)
def test_the_notice_under_a_text_by_machine_counts_as_length(
    tree: Path, language: str, reviewed: str, words: int, lengths: list[str]
) -> None:
    assert _lengths(tree, language, words, reviewed=reviewed) == lengths


def test_a_text_about_danger_has_no_notice_that_counts(tree: Path) -> None:
    tiers = {"medicine": Tier.CRITICAL}
    assert _lengths(tree, "id", 60, tiers) == []
    assert _lengths(tree, "id", 61, tiers) == ["304 characters when rendered"]


def _lengths(
    tree: Path,
    language: str,
    words: int,
    tiers: dict[str, Tier] | None = None,
    *,
    reviewed: str = "machine",
) -> list[str]:
    """Write a text of so many words, five characters each, and give what is said of its length."""
    text = answer(language, ("kata " * words).strip())
    text = text.replace("reviewed: machine", f"reviewed: {reviewed}")
    (tree / f"answers/medicine/{language}.md").write_text(text, encoding="utf-8")
    book = tree / f"phrases/{language}.yml"
    written = book.read_text(encoding="utf-8")
    if "machine_translated" not in written:
        notice = "  machine_translated: 'ditulis mesin'\n"
        book.write_text(written + notice, encoding="utf-8")
    problems = check(load(tree), [], [], tiers or {}, TODAY)
    return [found.what for found in problems if "characters when" in found.what]


def test_a_payload_longer_than_telegram_takes_is_found(tree: Path) -> None:
    front = f"buttons:\n  - {{title: no_answer, payload: /{'a' * 64}}}\n"
    (tree / EN).write_text(answer("en", BODY, front), encoding="utf-8")
    (problem,) = check(load(tree), [], [], {}, TODAY)
    assert (problem.line, problem.what) == (10, "the payload has more than 64 bytes")


def test_stale_facts_are_warned_of(tree: Path) -> None:
    problems = check(load(tree), [], [], {}, date(2027, 2, 22))
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert {problem.file.rpartition("/")[2] for problem in problems} == {
        "missions.yml",
        "services.yml",
        "figures.yml",
        "en.md",
        "id.md",
    }


def test_a_file_linked_from_outside_is_refused(tree: Path) -> None:
    secret = tree.parent / "secret.md"
    secret.write_text(answer("en", "Hello."), encoding="utf-8")
    (tree / EN).unlink()
    (tree / EN).symlink_to(secret)
    with pytest.raises(ContentError, match="leads out of the directory"):
        load(tree)


def test_a_file_of_more_than_a_megabyte_is_refused(tree: Path) -> None:
    (tree / EN).write_text(answer("en", "a" * 1_000_001), encoding="utf-8")
    with pytest.raises(ContentError, match="larger than"):
        load(tree)


def test_a_file_that_is_no_utf8_is_refused_with_its_line(tree: Path) -> None:
    (tree / EN).write_bytes(answer("en", "Hello.\n").encode() + "caf\xe9".encode("latin-1"))
    with pytest.raises(ContentError) as raised:
        load(tree)
    assert (raised.value.problems[0].line, raised.value.problems[0].what) == (12, "not UTF-8 text")


def test_the_morning_in_cambodia_is_not_the_future(tree: Path) -> None:
    """Until seven there, the day of UTC is still that of yesterday."""
    edit = Broken(EN, "verified_on: 2026-11-23", "verified_on: 2026-11-25", 0, "")
    break_it(tree, edit)
    assert not check(load(tree), [], [], {}, TODAY)
