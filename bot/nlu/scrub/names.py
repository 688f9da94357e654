"""Finds names of people: after what introduces them, and by capitals inside a sentence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale

from bot.nlu.entities.words import SPACELESS
from bot.nlu.scrub import introductions
from bot.nlu.scrub.codes import LOCALES
from bot.nlu.scrub.spans import Span

ORDINARY: Final = Path(__file__).resolve().parents[3] / "nlu" / "entities" / "ordinary_words.txt"
"""Words that are no names although they may be written with a capital."""

_MOST_WORDS: Final = 4
_LONGEST_RUN: Final = {"\u4e00": 3, "\u0e00": 20, "\u1000": 20}
"""Signs of a name by the first sign of its script, where no space ends it."""
_LATIN: Final = "A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f"
_LETTER: Final = (
    rf"(?:(?![{SPACELESS}])[^\W\d_]|[\u0300-\u036f\u0670\u064b-\u065f\u0900-\u0963\u0970-\u0dff"
    r"\u200c\u200d])"
)
_WITHOUT_SPACES: Final = frozenset({"zh", "th", "my"})
_WORD: Final = re.compile(rf"{_LETTER}+(?:['’-]{_LETTER}+)*")
_GAP: Final = re.compile(r"[ ]?[.]?[ ]?[\"'“«(]?")
_SMALL_GAP: Final = re.compile(r"[ ]|-")
_CAPITAL: Final = re.compile(rf"(?<![\w'’@-])[{_LATIN}]+(?:['’-][{_LATIN}]+)*\.?")
_SENTENCE: Final = re.compile(r"(?:^|[.!?…:;।။።؟。！？\n\x00\"“”(\[*•–—-])\s*$")
_NO_NAMES: Final = frozenset(
    """
    i i'm i'll i've i'd ok okay god allah jesus christ lord sir madam maam ma'am mam mr mrs ms dr
    telegram whatsapp facebook messenger wechat line tiktok google maps youtube instagram signal
    viber zalo imo grab gps sim sos pin id nid ktp nik usdt usd khr btc eth wifi covid sms otp atm
    iom ngo ngos un unhcr unicef icrc red cross caritas interpol kbri kjri bp2mi kemlu dfa owwa dmw
    poea mea bmet police embassy consulate immigration ministry government khmer chinese casino
    company compound building hotel hospital airport station street st road rd city town province
    district village room floor block tower gate park kk monday tuesday wednesday thursday friday
    saturday sunday january february march april may june july august september october november
    december jan feb mar apr jun jul aug sep sept oct nov dec ramadan christmas tet english bahasa
    cambodia cambodian cambodge campuchia kambodia kamboja kambodja cambodja camboya camboja cam
    phnom penh bangkok hanoi saigon dubai kl bkk hr ktv tv vip mekong asean kiingereza kiswahili
    indonesia tiếng việt miên kuya ate po pak bu mas mbak anh chị em ông bà bos boss
    """.split()  # noqa: SIM905 - a page of words is easier to read than of quotes
)


def find(text: str, places: Collection[Span], language: str | None) -> Iterator[Span]:
    """Find names of people in a text; `places` are no people."""
    sure = (*_introduced().finditer(text), *_other_titles().finditer(text))
    perhaps = tuple(_titled(language).finditer(text))
    for match in (*sure, *perhaps):
        if span := _after(text, match.end(), places, strict=match in perhaps):
            yield span
    for match in _chinese_title().finditer(text):
        yield Span(*match.span())
    for match in _before().finditer(text):
        if span := _ahead_of(text, match.start()):
            yield span
    yield from _capitalised(text, places)


@cache
def ordinary() -> frozenset[str]:
    """Words that are no names; none when their file is missing: then more is taken out."""
    try:
        listed = frozenset(ORDINARY.read_text(encoding="utf-8").split())
    except OSError:
        listed = frozenset()
    return listed | _NO_NAMES | _days()


@cache
def _days() -> frozenset[str]:
    """Names of days and months, which some languages write with a capital."""
    names = {
        name.strip(".").casefold()
        for code in LOCALES
        for form in ("wide", "abbreviated")
        for kind in (Locale(code).months, Locale(code).days)
        for name in kind["format"][form].values()
    }
    return frozenset(names)


@cache
def _introduced() -> re.Pattern[str]:
    every = (
        f"(?:{form})" if language in _WITHOUT_SPACES else rf"(?<!\w)(?:{form})(?!{_LETTER})"
        for language, forms in introductions.INTRODUCED.items()
        for form in forms
    )
    return re.compile("|".join(every), re.IGNORECASE)


@cache
def _titled(language: str | None) -> re.Pattern[str]:
    titles = introductions.TITLES
    own = f"|{titles[language]}" if language in titles and language is not None else ""
    return re.compile(rf"(?<![\w'’-])(?:{titles[None]}{own})(?=[ .])", re.IGNORECASE)


@cache
def _other_titles() -> re.Pattern[str]:
    return re.compile(introductions.OTHER_TITLES)


@cache
def _chinese_title() -> re.Pattern[str]:
    return re.compile(introductions.CHINESE_TITLE)


@cache
def _before() -> re.Pattern[str]:
    return re.compile(introductions.BEFORE)


def _after(text: str, place: int, places: Collection[Span], *, strict: bool) -> Span | None:
    """Take the name that begins at a place; `strict` takes no ordinary word for one."""
    gap = _GAP.match(text, place)
    start = gap.end() if gap is not None else place
    if start < len(text) and re.match(f"[{SPACELESS}]", text[start]):
        return _run(text, start) if not strict else None
    end = start
    taken = 0
    for word in _words_from(text, start):
        if _is_none(word.group(), first=taken == 0, strict=strict) or _is_place(word, places):
            break
        end, taken = word.end(), taken + 1
        if taken == _MOST_WORDS:
            break
    return Span(start, end) if taken else None


def _words_from(text: str, start: int) -> Iterator[re.Match[str]]:
    """Give the words from a place on, as long as only a space is between them."""
    while match := _WORD.match(text, start):
        yield match
        gap = _SMALL_GAP.match(text, match.end())
        if gap is None:
            return
        start = gap.end()


def _is_none(word: str, *, first: bool, strict: bool) -> bool:
    plain = word.casefold().strip(".")
    if word[0].isupper() and not first:
        return False
    if plain in introductions.NO_NAMES or plain in _NO_NAMES:
        return True
    # In small letters a name and a word look the same; only what was introduced is a name.
    return (strict or not first) and plain in ordinary() and not word[0].isupper()


def _run(text: str, start: int) -> Span | None:
    """Take a name in a script without spaces."""
    script = text[start]
    most = next(
        (count for first, count in sorted(_LONGEST_RUN.items(), reverse=True) if script >= first),
        _LONGEST_RUN["\u0e00"],
    )
    run = re.compile(f"[{SPACELESS}]{{1,{most}}}").match(text, start)
    if run is None or introductions.ENDS.match(text, start):
        return None
    stop = introductions.ENDS.search(text, start + 1, run.end())
    if stop is not None:
        return Span(start, stop.start())
    surname = _THAI_SURNAME.match(text, run.end())
    return Span(start, surname.end() if surname is not None else run.end())


def _ahead_of(text: str, place: int) -> Span | None:
    """Take the two words before a place, or in Burmese the run of signs."""
    before = text[:place].rstrip()
    if match := re.search(r"[\u1000-\u109f]{1,20}$", before):
        return Span(*match.span())
    words = list(_WORD.finditer(before))[-2:]
    kept = [word for word in words if word.group() not in introductions.NO_NAMES]
    return Span(kept[0].start(), kept[-1].end()) if kept else None


def _capitalised(text: str, places: Collection[Span]) -> Iterator[Span]:
    """Find capitalised words that are no ordinary ones, and the capitalised ones beside them.

    A word that begins a sentence is taken only beside another that does not.
    """
    for run in _runs(text, places):
        strange = [word for word in run if not _is_ordinary(word.group())]
        if any(not _SENTENCE.search(text[: word.start()]) for word in strange):
            yield Span(_given_name(text, run, strange[0]).start(), run[-1].end())


def _given_name(text: str, run: list[re.Match[str]], strange: re.Match[str]) -> re.Match[str]:
    """Give the word before a strange one: Budi, Rose and Hope are ordinary words, and names."""
    before = run[max(0, run.index(strange) - 1)]
    plain = before.group().casefold().strip(".")
    is_other = plain in _NO_NAMES or plain in _days() or len(plain) < _SHORTEST_NAME
    return strange if is_other or _SENTENCE.search(text[: before.start()]) else before


def _runs(text: str, places: Collection[Span]) -> Iterator[list[re.Match[str]]]:
    """Give the capitalised words that stand side by side."""
    run: list[re.Match[str]] = []
    for word in _CAPITAL.finditer(text):
        if run and text[run[-1].end() : word.start()] not in {" ", "", "-"}:
            yield run
            run = []
        if word.group()[0].isupper() and not _is_place(word, places):
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _is_ordinary(written: str) -> bool:
    if written.isupper() and len(written) <= _INITIALS:
        return True
    parts = re.split("['’-]", written.rstrip(".").casefold())
    return all(part in ordinary() or len(part) < _SHORTEST for part in parts)


def _is_place(word: re.Match[str], places: Collection[Span]) -> bool:
    own = Span(*word.span())
    return any(own.overlaps(place) for place in places)


_SHORTEST: Final = 2
_SHORTEST_NAME: Final = 3
_INITIALS: Final = 3
"""Letters of a word all in capitals that stands for an office or a thing: HR, NBI."""
_THAI_SURNAME: Final = re.compile(
    rf" (?!{introductions.ENDS.pattern})[\u0e01-\u0e4e]{{2,14}}(?!\S)"
)
