"""Loads everything under `content/` into one frozen library, or lists all that is wrong in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

from bot.content.answer_files import Answer, read_answer
from bot.content.directory import Directory
from bot.content.directory_files import read_directory
from bot.content.memory import Memory
from bot.content.phrases import Phrase, PhraseBook, read_phrases
from bot.content.problems import ContentError, problem_of
from bot.content.records import Record, line_of_text
from bot.domain.yaml_source import (
    Node,
    SourceError,
    is_left_by_an_editor,
    load_yaml,
    read_source,
    source_name,
)

T = TypeVar("T")

FALLBACK: Final = "en"
"""The language in which every text exists."""

CORE_PHRASES: Final = (
    "button_human",
    "no_answer",
    "not_confirmed",
    "out_of_date_warning",
    "answer_out_of_date",
    "contact_missing",
    "fallback_numbers",
    "mission_intro",
    "mission_unknown",
    "mission_abroad",
    "mission_abroad_unknown_place",
    "mission_use_emergency",
    "mission_use_office",
    "mission_use_whatsapp",
    "mission_use_telegram",
    "mission_address",
    "mission_phone_missing",
    "mission_email",
    "mission_website",
    "mission_hours",
    "mission_uncertain",
    "mission_collected",
    "mission_checked",
    "mission_out_of_date",
    "word_yes",
    "word_no",
)
"""Phrases that this package says by itself; without their English the library does not load."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the line."""

    code: str
    name: str
    own_name: str
    direction: str
    offered: bool


@dataclass(frozen=True, slots=True)
class Library:
    """All texts and facts, with the look-ups that rendering and flows need."""

    languages: tuple[Language, ...]
    phrases: Mapping[str, PhraseBook]
    answers: Mapping[tuple[str, str, str | None], Answer]
    """By topic, language, and country of a variant or None."""
    directory: Directory
    safety_words: Mapping[str, tuple[str, ...]]
    """By language: word beginnings that must not stand where a notification shows them."""
    version: str = ""
    """Short hash of all files that were read."""

    def phrase(self, key: str, language: str) -> Phrase | None:
        """Give a phrase in a language, else in English, else None."""
        for code in (language, FALLBACK):
            book = self.phrases.get(code)
            if book and key in book.phrases:
                return book.phrases[key]
        return None

    def candidates(self, topic: str, language: str, country: str | None) -> tuple[Answer, ...]:
        """Give the answers that would do, best first: own language before own country.

        A text that its reader cannot read helps nobody, and the facts in which countries differ
        most (whom to reach, and how) come from the directory in every text. So a variant that is
        not translated gives way to the general text, and is on the editors' list until it is.
        """
        keys = [
            (topic, code, variant)
            for code in dict.fromkeys((language, FALLBACK))
            for variant in dict.fromkeys((country, None))
        ]
        return tuple(self.answers[key] for key in keys if key in self.answers)

    def answer_exists(self, topic: str) -> bool:
        """Say whether there is an answer that everybody can be given."""
        return (topic, FALLBACK, None) in self.answers

    def topics(self) -> frozenset[str]:
        """Give the topics of all answers."""
        return frozenset(topic for topic, _, _ in self.answers)

    def language(self, code: str) -> Language | None:
        """Give a language by its code."""
        return next((language for language in self.languages if language.code == code), None)

    def offered_languages(self) -> tuple[tuple[str, str], ...]:
        """Give the codes and own names of the languages that people can choose."""
        return tuple((found.code, found.own_name) for found in self.languages if found.offered)


def load(root: Path, memory: Memory | None = None) -> Library:
    """Load the directory `content/`; texts that an earlier loading left in `memory` are not parsed.

    Raises:
        ContentError: something in it is wrong; it lists everything that is.
    """
    errors: list[SourceError] = []
    reader = _Reader(root, errors, memory or Memory())
    languages = _languages(reader.yaml("languages.yml"), errors)
    codes = {language.code for language in languages}
    library = Library(
        languages=languages,
        phrases=_phrases(reader, codes),
        answers=_answers(reader, codes),
        directory=read_directory(
            reader.yaml("directory/missions.yml"),
            reader.yaml("directory/services.yml"),
            reader.yaml("directory/figures.yml"),
            errors,
        ),
        safety_words=_safety_words(reader.yaml("safety_words.yml"), errors),
        version=reader.digest.hexdigest()[:12],
    )
    errors.extend(_missing_core(library, root, errors))
    if errors:
        raise ContentError(problem_of(error) for error in errors)
    return library


class _Reader:
    """Reads files below the root and remembers what was wrong with them."""

    def __init__(self, root: Path, errors: list[SourceError], memory: Memory) -> None:
        self.root = root
        self.errors = errors
        self.memory = memory
        self.digest = hashlib.sha256()

    def yaml(self, name: str) -> Node | None:
        path = self.root / name
        text = self._text(path)
        return None if text is None else _yaml(text, source_name(path, self.root), self.errors)

    def parsed(
        self, path: Path, parse: Callable[[str, str, list[SourceError]], T | None]
    ) -> T | None:
        """Give what `parse` makes of the text and the name of a file; it adds what is wrong."""
        text, name = self._text(path), source_name(path, self.root)
        if text is None:
            return None

        def work(_digest: bytes) -> tuple[T | None, list[SourceError]]:
            errors: list[SourceError] = []
            return parse(text, name, errors), errors

        # By its digest, so that no text is kept twice.
        digest = hashlib.sha256(text.encode()).digest()
        found, errors = self.memory.ask(("file", name), work, digest)
        self.errors.extend(errors)
        return found

    def _text(self, path: Path) -> str | None:
        try:
            text = read_source(path, self.root)
        except SourceError as error:
            self.errors.append(error)
            return None
        # The separator keeps two files from passing for one.
        self.digest.update(source_name(path, self.root).encode() + b"\0" + text.encode() + b"\0")
        return text

    def files(self, *directories: str) -> Iterator[Path]:
        """Give the files of a directory, in order, without what editing programs leave there."""
        directory = self.root.joinpath(*directories)
        if not directory.is_dir():
            name = source_name(directory, self.root)
            self.errors.append(SourceError(name, 0, "the directory is missing", "make it"))
            return
        yield from sorted(
            path for path in directory.iterdir() if not is_left_by_an_editor(path.name)
        )


def _yaml(text: str, name: str, errors: list[SourceError]) -> Node | None:
    try:
        return load_yaml(text, name)
    except SourceError as error:
        errors.append(error)
        return None


def _languages(node: Node | None, errors: list[SourceError]) -> tuple[Language, ...]:
    if node is None:
        return ()
    file = Record(node, errors)
    file.known("languages")
    found: list[Language] = []
    for item in file.listed("languages"):
        record = Record(item, errors)
        record.known("code", "name", "own_name", "direction", "offered")
        language = Language(
            code=record.need("code", line_of_text, ""),
            name=record.need("name", line_of_text, ""),
            own_name=record.need("own_name", line_of_text, ""),
            direction=record.need("direction", _direction, "ltr"),
            offered=record.need("offered", Node.boolean, default=False),
        )
        if record.sound:
            found.append(language)
    if not any(language.code == FALLBACK for language in found):
        errors.append(node.error("English is missing", "add an entry with `code: en`"))
    return tuple(found)


def _direction(node: Node) -> str:
    if node.value not in {"ltr", "rtl"}:
        raise node.error("no direction of writing", "write ltr or rtl")
    return node.text()


def _phrases(reader: _Reader, codes: set[str]) -> dict[str, PhraseBook]:
    books: dict[str, PhraseBook] = {}
    for path in reader.files("phrases"):
        name = source_name(path, reader.root)
        if path.suffix != ".yml" or path.stem not in codes:
            mend = "name it after a language of languages.yml, like en.yml"
            reader.errors.append(SourceError(name, 0, "not a name of a phrase file", mend))
            continue
        book = reader.parsed(path, _book)
        if book is not None:
            books[path.stem] = book
    return books


def _book(text: str, name: str, errors: list[SourceError]) -> PhraseBook | None:
    node = _yaml(text, name, errors)
    return None if node is None else read_phrases(node, PurePosixPath(name).stem, errors)


def _answers(reader: _Reader, codes: set[str]) -> dict[tuple[str, str, str | None], Answer]:
    answers: dict[tuple[str, str, str | None], Answer] = {}
    for directory in reader.files("answers"):
        if not directory.is_dir():
            name = source_name(directory, reader.root)
            mend = "put answers into answers/<topic>/"
            reader.errors.append(SourceError(name, 0, "a file that is no topic", mend))
            continue
        for path in reader.files("answers", directory.name):
            answer = reader.parsed(path, read_answer)
            if answer is None:
                continue
            if answer.language not in codes:
                name = source_name(path, reader.root)
                mend = "add the language to languages.yml or remove the file"
                reader.errors.append(SourceError(name, 0, "a language that we don't have", mend))
                continue
            answers[answer.topic, answer.language, answer.country] = answer
    return answers


def _safety_words(node: Node | None, errors: list[SourceError]) -> dict[str, tuple[str, ...]]:
    if node is None:
        return {}
    file = Record(node, errors)
    file.known("languages")
    words: dict[str, tuple[str, ...]] = {}
    for language, listed in file.keyed("languages").items():
        try:
            words[language] = tuple(word.casefold() for word in listed.texts())
        except SourceError as error:
            errors.append(error)
    return words


def _missing_core(library: Library, root: Path, found: Sequence[SourceError]) -> list[SourceError]:
    name = source_name(root / "phrases" / f"{FALLBACK}.yml", root)
    if FALLBACK not in library.phrases:
        if any(error.file == name for error in found):
            return []  # it is there and unreadable, which is said once
        return [SourceError(name, 0, "the file is missing", "every text falls back to English")]
    return [
        SourceError(name, 0, f"the phrase `{key}` is missing", f"add a line `{key}: ...`")
        for key in CORE_PHRASES
        if library.phrase(key, FALLBACK) is None
    ]
