"""Reads and writes PO files, as Weblate and Poedit know them (Babel makes and parses them)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.content.library import Language
from bot.domain.problems import Problem

PROJECT: Final = "helpline"
FUZZY: Final = "fuzzy"
"""The mark of a translation that somebody must look at; nobody is shown it as done."""
MAX_BYTES: Final = 5_000_000
"""Largest file that is read. Our own bound: a whole language is a tenth of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a PO file."""

    context: str
    english: str
    text: str
    """The translation; empty when there is none yet."""
    fuzzy: bool = False
    comments: tuple[str, ...] = ()
    """For the translator."""
    place: tuple[str, int] = ("", 0)
    """File and line of the English."""
    has_slots: bool = False
    """Whether `{name}` in it is filled in: Weblate and gettext then compare them."""
    line: int = 0
    """Line of the entry in the PO file that it was read from."""
    is_plural: bool = False


@dataclass(frozen=True, slots=True)
class PoFile:
    """What was read from a PO file."""

    language: str
    """As the header has it; empty when it has none."""
    entries: tuple[Entry, ...]


class PoError(Exception):
    """A file is no PO file that can be read; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def written(
    entries: Iterable[Entry], language: Language, version: str, now: datetime, comment: str
) -> bytes:
    """Give the PO file of these entries; `version` is that of the content."""
    catalog = Catalog(
        locale=language.code,
        project=PROJECT,
        version=version,
        header_comment="".join(f"# {line}\n" for line in comment.split("\n")).rstrip("\n"),
        creation_date=now,
        revision_date=now,
        language_team=language.name,
        charset="utf-8",
        fuzzy=False,
    )
    # Babel puts a name and an address to fill in where none is given.
    catalog.last_translator = ""
    catalog.msgid_bugs_address = ""
    for entry in entries:
        message = catalog.add(
            entry.english,
            entry.text,
            locations=[entry.place],
            auto_comments=entry.comments,
            flags=[FUZZY] if entry.fuzzy else [],
            context=entry.context,
        )
        # Babel guesses from the text; `{% if %}` looks to it like Python's `% i`.
        message.flags &= {FUZZY, "python-brace-format"} if entry.has_slots else {FUZZY}
    file = io.BytesIO()
    # Unbroken: most tools break lines at spaces only, and Thai and Burmese have few.
    write_po(file, catalog, width=0)
    return file.getvalue()


def read(path: Path) -> PoFile:
    """Read a PO file.

    Raises:
        PoError: it cannot be read, or is no PO file.
    """
    text = _text(path)
    _look_at_lines(text, path.name)
    try:
        catalog = read_po(io.StringIO(text), abort_invalid=True, ignore_obsolete=True)
        entries = tuple(_entry(message) for message in catalog if message.id)
    except PoFileError as error:
        what = f"not a PO file: {_FIRST_LINE.sub('', str(error))}"
        raise _error(path.name, error.lineno + 1, what, _MEND) from None
    except (ValueError, IndexError, TypeError, AttributeError):
        # Of the header: a date, a language or plural forms that Babel does not know.
        raise _error(path.name, 1, "the header of the file is damaged", _MEND) from None
    return PoFile(catalog.locale_identifier or "", entries)


def _entry(message: object) -> Entry:
    # Babel carries types for texts with plurals, which ours never have.
    english = getattr(message, "id", "")
    text = getattr(message, "string", "")
    plural = not isinstance(english, str)
    return Entry(
        context=getattr(message, "context", None) or "",
        english=english[0] if plural else english,
        text="" if plural else text or "",
        fuzzy=FUZZY in getattr(message, "flags", ()),
        line=getattr(message, "lineno", None) or 0,
        is_plural=plural,
    )


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise _error(str(path), 0, what, "name a PO file that is there") from None
    if len(raw) > MAX_BYTES:
        raise _error(path.name, 0, f"larger than {MAX_BYTES} bytes", "export it again")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(path.name, line, "not UTF-8 text", "save the file as UTF-8") from None


def _look_at_lines(text: str, name: str) -> None:
    """Refuse lines that Babel would read, and silently lose something of."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not _LINE.fullmatch(line.strip(" \t")):
            what = "not a line of a PO file: a quotation mark or a keyword is wrong"
            raise _error(name, number, what, _MEND)
    if not re.search(r"^msgid ", text, re.MULTILINE):
        raise _error(name, 0, "there is nothing in it", _MEND)
    first: dict[str, int] = {}
    for found in _CONTEXT.finditer(text):
        # Programs may break a name over several lines.
        context = "".join(part[1:-1] for part in re.findall(_QUOTED, found[0]))
        number = text.count("\n", 0, found.start()) + 1
        if first.setdefault(context, number) != number:
            what = f"an entry that stands here twice (first in line {first[context]})"
            raise _error(name, number, what, "keep one of them")


def _error(name: str, line: int, what: str, mend: str) -> PoError:
    return PoError(Problem(name, line, what, mend))


_MEND: Final = "save it with Poedit or Weblate, or export it again"
_FIRST_LINE: Final = re.compile(r" on \d+$")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_CONTEXT: Final = re.compile(rf"^msgctxt[ \t]+{_QUOTED}(?:\s*\n\s*{_QUOTED})*", re.MULTILINE)
_LINE: Final = re.compile(
    rf"(?:#.*)?|(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)[ \t]+)?{_QUOTED}"
)
