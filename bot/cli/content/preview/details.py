"""What an editor should know of one text or fact beside how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.cli.content.preview import usage
from bot.cli.content.preview.catalogue import (
    STATES,
    Catalogue,
    Fact,
    Item,
    Kind,
    Mark,
    days_between,
)
from bot.content.answer_files import Answer
from bot.content.check import LONGEST, LONGEST_CRITICAL
from bot.content.directory import Evidence, Figure, Localized
from bot.content.markup import plain_length
from bot.content.review import Review
from bot.content.tasks import Task
from bot.domain.problems import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One line of what is known; a mark says what is wrong with it."""

    label: str
    value: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as it is read: its own text, without what is added to it, and by whom."""

    text: str
    nationality: str | None


@dataclass(frozen=True, slots=True)
class Details:
    """All that is known."""

    file: str
    line: int
    marks: tuple[Mark, ...]
    rows: tuple[Row, ...]
    sources: tuple[tuple[str, str | None], ...] = ()
    """What they are called, and where they are, if that is an address."""
    facts: tuple[Item, ...] = ()
    """Facts that it shows."""
    problems: tuple[Problem, ...] = ()
    tasks: tuple[Task, ...] = ()


def of_answer(
    catalogue: Catalogue,
    item: Item,
    answer: Answer | None,
    shown: Shown,
    problems: Sequence[Problem],
) -> Details:
    """Tell of an answer as it is shown."""
    rows: list[Row] = []
    tier = catalogue.tiers.get(item.id)
    if tier is not None:
        mark = Mark.CRITICAL if Mark.CRITICAL in item.marks else None
        rows.append(Row("Tier", tier.value, mark))
    if answer is not None:
        limit = LONGEST_CRITICAL if Mark.CRITICAL in item.marks else LONGEST
        length = plain_length(shown.text)
        rows += [
            Row("Length", f"{length} of {limit} characters" + (", too long" * (length > limit))),
            _review(answer.reviewed),
            Row("Verified", _with_age(catalogue, answer.verified_on.isoformat())),
            _review_by(catalogue, answer.review_by.isoformat(), item),
            Row("Owner", answer.owner),
        ]
    sources = tuple((source, None) for source in answer.sources) if answer else ()
    return Details(
        file=item.file,
        line=item.line,
        marks=sorted_marks(item.marks),
        rows=tuple(rows),
        sources=sources,
        facts=tuple(_facts_of(catalogue, answer, shown.nationality)) if answer else (),
        problems=tuple(found for found in problems if found.file == item.file),
        tasks=tuple(_tasks_of(catalogue, item)),
    )


def of_phrase(
    catalogue: Catalogue, item: Item, review: Review | None, problems: Sequence[Problem]
) -> Details:
    """Tell of a phrase."""
    rows = [Row("Length", f"{plain_length(item.text)} characters")]
    if review is not None:
        rows.append(_review(review))
    return Details(
        file=item.file,
        line=item.line,
        marks=sorted_marks(item.marks),
        rows=tuple(rows),
        problems=tuple(
            found for found in problems if found.file == item.file and f"`{item.id}`" in found.what
        ),
        tasks=tuple(_tasks_of(catalogue, item)),
    )


def of_fact(catalogue: Catalogue, item: Item, fact: Fact, problems: Sequence[Problem]) -> Details:
    """Tell of an entry of the directory."""
    evidence = fact.evidence
    lacks_number = Mark.MISSING in item.marks
    sources = tuple(
        (f"{source.title}, {source.date}" + (f" ({source.ref})" if source.ref else ""), source.url)
        for source in evidence.sources
    )
    return Details(
        file=fact.file,
        line=fact.line,
        marks=sorted_marks(item.marks - {Mark.MISSING}),
        rows=(
            *([Row("Numbers", "none was found", Mark.MISSING)] if lacks_number else []),
            *evidence_rows(catalogue, evidence),
            Row("Owner", evidence.owner),
            *_untranslated(catalogue, fact),
            *([Row("Note for editors", fact.note)] if fact.note else []),
        ),
        sources=sources,
        problems=tuple(
            found for found in problems if found.file == fact.file and f"`{fact.id}`" in found.what
        ),
        tasks=tuple(_tasks_of(catalogue, item)),
    )


def evidence_rows(catalogue: Catalogue, evidence: Evidence) -> tuple[Row, ...]:
    """Tell why a fact is believed, since when and until when."""
    stale = evidence.is_past_review(catalogue.day)
    return (
        Row("Confidence", evidence.confidence.value, _low(evidence)),
        Row("Verified", _with_age(catalogue, evidence.verified_on.isoformat())),
        Row("Checked by", evidence.checked_by),
        Row(
            "Review by",
            _with_age(catalogue, evidence.review_by.isoformat()),
            Mark.STALE if stale else None,
        ),
    )


def sorted_marks(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Put marks in the order in which they matter."""
    order = (Mark.CRITICAL, *STATES, Mark.LOW)
    return tuple(sorted(marks, key=order.index))


def _untranslated(catalogue: Catalogue, fact: Fact) -> Iterator[Row]:
    """Name the languages that a text lacks; one that is only in English is the same in all."""
    if isinstance(fact, Figure):
        texts: dict[str, Localized | None] = {"Value": fact.value}
    else:
        texts = {"Name": fact.name, "Address": fact.address, "Hours": fact.hours}
    codes = [language.code for language in catalogue.library.languages]
    for label, text in texts.items():
        lacking = [code for code in codes if code not in (text or codes)]
        if text and len(text) > 1 and lacking:
            yield Row(f"{label} is missing in", ", ".join(lacking), Mark.MISSING)


def _low(evidence: Evidence) -> Mark | None:
    return Mark.LOW if evidence.confidence.value == "low" else None


def _review(review: Review) -> Row:
    if review.is_machine:
        return Row("Reviewed by", "nobody: a machine wrote it", Mark.MACHINE)
    day = f", {review.on.isoformat()}" if review.on else ""
    return Row("Reviewed by", f"{review.by}{day}", Mark.READ)


def _review_by(catalogue: Catalogue, day: str, item: Item) -> Row:
    mark = next((found for found in (Mark.STALE, Mark.SOON) if found in item.marks), None)
    past = day < catalogue.day.isoformat()
    return Row("Review by", _with_age(catalogue, day), mark if past or mark is Mark.SOON else None)


def _with_age(catalogue: Catalogue, day: str) -> str:
    return f"{day} ({days_between(catalogue.day, type(catalogue.day).fromisoformat(day))})"


def _facts_of(catalogue: Catalogue, answer: Answer, nationality: str | None) -> Iterator[Item]:
    missions = catalogue.library.directory.missions(nationality or "")
    for group, identity in dict.fromkeys(found[:2] for found in usage.mentions(answer.body)):
        named = missions[0].id if group == "mission" and missions else identity
        country = nationality if group == "mission" else None
        item = catalogue.by_key.get((Kind.FACT, named, "", country))
        if item is not None:
            yield item


def _tasks_of(catalogue: Catalogue, item: Item) -> Iterator[Task]:
    """Tasks name what they are about in a sentence, or by the file that is its own."""
    for task in catalogue.tasks:
        named = f"`{item.id}`" in task.what
        if item.kind is Kind.ANSWER:
            named = task.file == item.file or (named and f"/{item.id}/" in task.file)
        if named:
            yield task
