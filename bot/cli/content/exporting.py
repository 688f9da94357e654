"""`helpline content export`: what is missing or changed in one language, as a PO file."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from babel import Locale

from bot import clock
from bot.cli.content import place, po
from bot.content.check import LONGEST, LONGEST_CRITICAL
from bot.content.library import FALLBACK, Library
from bot.content.phrases import MAX_LENGTH, Phrase
from bot.content.problems import ContentError
from bot.content.proposals import placeholders
from bot.content.stamps import Standing
from bot.content.translations import Kind, Unit, units
from bot.domain.understanding import Tier

ABOUT: Final = """\
Texts of a help line for stranded foreign workers.
Readers are frightened and hold a small phone that others may see:
plain words, short sentences, calm. Write freely rather than word by word.
What stands in {{ }}, {% %} or { } is filled in by the program: copy it as it is.
No HTML, no links, no phone numbers: they are filled in as well.
An entry with the mark "fuzzy": its English has changed since. Mend the translation,
or let it stand if it still says the same, and take the mark away.
What is left empty or fuzzy is not taken over, and is asked for again.
content/README.md tells more."""


def main(arguments: Sequence[str]) -> int:
    """Export; 0 also when there is nothing to do."""
    parser = argparse.ArgumentParser(
        prog="helpline content export",
        description="Write what is missing in a language, or behind its English, as a PO file "
        "for Weblate, Poedit or any editor of texts. `helpline content import` takes it back.",
    )
    parser.add_argument("language", metavar="LANG", help="a code of languages.yml, like th")
    parser.add_argument("--all", action="store_true", help="everything, also what is up to date")
    parser.add_argument(
        "--tier",
        action="append",
        choices=[tier.value for tier in _TIERS],
        help="only the answers to needs that are so pressing; may be repeated",
    )
    parser.add_argument("--out", type=Path, metavar="FILE.po", help="the file; else it is printed")
    options = parser.parse_args(arguments)
    files = place.files()
    try:
        library = place.load(files)
    except ContentError as error:
        sys.stderr.write(f"The content has errors; mend them first:\n{error}\n")
        return 1
    language = place.translated_language(library, options.language)
    if isinstance(language, str):
        sys.stderr.write(f"{language}\n")
        return 2
    wanted = [
        unit
        for unit in units(library, language.code)
        if (options.all or unit.standing is not Standing.CURRENT)
        and (not options.tier or _tier(unit, files.tiers) in options.tier)
    ]
    entries = [entry(unit, library, files.tiers) for unit in wanted]
    raw = po.written(entries, language, library.version, clock.now(), ABOUT)
    if options.out is None:
        sys.stdout.write(raw.decode())
    else:
        options.out.write_bytes(raw)
    sys.stderr.write(_summary(wanted, language.name, options.out))
    return 0


def entry(unit: Unit, library: Library, tiers: Mapping[str, Tier]) -> po.Entry:
    """Make the entry of a PO file for a text.

    An answer is one entry as a whole: cut into paragraphs, its `{% if %}` would stand in one
    entry and the `{% endif %}` in another, and no translator could move a sentence.
    """
    return po.Entry(
        context=unit.context,
        english=unit.english,
        text=unit.own or "",
        fuzzy=unit.own is not None and unit.standing is not Standing.CURRENT,
        comments=tuple(_comments(unit, library, tiers)),
        place=(unit.file, max(unit.line, 1)),
        has_slots=unit.kind is Kind.PHRASE and bool(Phrase(unit.english, 0).slots()),
    )


def words(texts: Sequence[str]) -> int:
    """Count the words of English that somebody has to translate; placeholders are none."""
    bare = (_FILLED.sub(" ", text) for text in texts)
    return sum(len(_WORD.findall(text)) for text in bare)


def _tier(unit: Unit, tiers: Mapping[str, Tier]) -> Tier | None:
    """How pressing the need is that a text answers; None for what answers none by itself."""
    return tiers.get(unit.answer.topic) if unit.answer else None


def _comments(unit: Unit, library: Library, tiers: Mapping[str, Tier]) -> Iterator[str]:
    if unit.standing is Standing.CHANGED:
        yield "THE ENGLISH HAS CHANGED since this was translated."
    if unit.standing is Standing.UNSTAMPED:
        yield "Nothing tells which English this was translated from: compare."
    if unit.kind is Kind.ANSWER:
        yield from _of_answer(unit, library, tiers)
    elif unit.kind is Kind.PHRASE:
        yield from _of_phrase(unit)
    else:
        yield from _of_directory(unit)


def _of_answer(unit: Unit, library: Library, tiers: Mapping[str, Tier]) -> Iterator[str]:
    answer = unit.answer
    if answer is None:
        return
    tier = tiers.get(answer.topic)
    asked = f"what the line says to `{answer.topic}`" if tier else "reached by a button"
    yield f"An answer: {asked}." + (f" Tier: {tier.value}." if tier else "")
    if answer.country:
        name = Locale(FALLBACK).territories.get(answer.country, answer.country)
        yield f"Only people from {name} are shown this one."
    limit = LONGEST_CRITICAL if tier is Tier.CRITICAL else LONGEST
    notice = "" if tier is Tier.CRITICAL else ", the notice under what no person has read included"
    yield f"At most {limit} characters as read, with everything filled in{notice}."
    yield (
        "The first 40 characters can be seen on a locked phone: "
        "nothing there of police, embassy, help, escape, danger."
    )
    if tags := placeholders(unit.english):
        yield f"Copy as it is: {' '.join(sorted(tags))}"
    titles = [library.phrase(button.phrase, FALLBACK) for button in answer.buttons]
    if titles:
        yield f"Buttons below it: {' | '.join(title.text for title in titles if title)}"
    yield f"Sources: {'; '.join(answer.sources)}"


def _of_phrase(unit: Unit) -> Iterator[str]:
    where = next((text for start, text in _WHERE.items() if unit.key.startswith(start)), _SAID)
    yield f"A phrase: {where}."
    if slots := sorted(Phrase(unit.english, 0).slots()):
        yield f"Filled in, copy as it is: {' '.join(f'{{{slot}}}' for slot in slots)}"
    if len(unit.english) > _LONG:
        yield f"At most {MAX_LENGTH} characters."


def _of_directory(unit: Unit) -> Iterator[str]:
    section, record, field = unit.path
    yield f"Directory, {section}, `{record}`: its {field}. One line."
    if field == "value":
        yield "It stands inside sentences. The numbers must be those of the English."
    elif field == "name":
        yield "A name that is the same in your language: leave it empty."


def _summary(found: Sequence[Unit], language: str, out: Path | None) -> str:
    missing = sum(unit.own is None for unit in found)
    current = sum(unit.standing is Standing.CURRENT for unit in found)
    behind = len(found) - missing - current
    count = words([unit.english for unit in found])
    told = f"{language}: {missing} missing, {behind} changed"
    told += f", {current} up to date" if current else ""
    return f"{told}; {count} English words" + (f", in {out}\n" if out else "\n")


_TIERS: Final = (Tier.CRITICAL, Tier.ELEVATED, Tier.INFO)
"""Those that have answers; small talk is phrases."""
_WORD: Final = re.compile(r"[^\W_][\w'-]*")
_FILLED: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\w+\}", re.DOTALL)
_LONG: Final = 300
_SAID: Final = "said in a conversation"
_WHERE: Final = {
    "button_": "the title of a button; short, about 20 characters",
    "command_": "a line in Telegram's menu of commands",
    "desk_": "for operators; no contact reads it",
    "intent_": "how a need is named, as the title of a button; short",
    "name_": "how a need or a step is named inside a sentence",
    "machine_translated": "a notice below texts that no person has read",
    "mission_": "a line of the card of an embassy or a consulate",
    "webchat_": "on the page of the web chat",
    "word_": "one word inside a sentence",
}
"""Where phrases are shown, by the beginning of their keys."""
