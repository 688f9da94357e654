"""Decides what content files become when translations are taken: texts, stamps, who read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import clock
from bot.cli.content.files import Phrases, answer_file, directory_file, phrase_file
from bot.cli.content.replacing import Change
from bot.content.library import Library
from bot.content.proposals import Proposal
from bot.content.review import MACHINE
from bot.content.translations import Kind, units


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes translations into the files of one language."""

    library: Library
    root: Path
    language: str
    by: str | None = None
    """The role of who has read them; None when nobody has."""

    def changes(
        self, taken: Sequence[Proposal], same: Sequence[Proposal] = ()
    ) -> tuple[Change, ...]:
        """Give the files that change.

        `same` bring nothing but that somebody has read them, when `by` names a role.

        Raises:
            RewriteError: a file is written in a way in which it cannot be changed.
        """
        read = [*taken, *(same if self.by else ())]
        found = (
            *(self._answer(proposal) for proposal in read if proposal.unit.kind is Kind.ANSWER),
            *self._phrases([proposal for proposal in read if proposal.unit.kind is Kind.PHRASE]),
            *self._directory([found for found in taken if found.unit.kind is Kind.DIRECTORY]),
        )
        return tuple(change for change in found if change.before != change.after)

    def _answer(self, proposal: Proposal) -> Change:
        unit = proposal.unit
        topic, _, country = unit.key.partition(".")
        folder, end = f"answers/{topic}/", f".{country}.md" if country else ".md"
        name = f"{folder}{self.language}{end}"
        before, old = self._read(name)
        _, english = self._read(f"{folder}en{end}")
        is_new_text = proposal.text != unit.own
        marks = {"english": unit.stamp or ""}
        if self.by or is_new_text:
            marks["reviewed"] = self._reviewed()
        text = proposal.text if is_new_text else None
        after = answer_file(old, english or "", self.language, text, marks)
        return Change(name, before, after.encode())

    def _phrases(self, proposals: Sequence[Proposal]) -> Iterator[Change]:
        if not proposals:
            return
        name = f"phrases/{self.language}.yml"
        before, old = self._read(name)
        after = phrase_file(
            old,
            self.language,
            Phrases(
                texts={
                    found.unit.key: found.text
                    for found in proposals
                    if found.text != found.unit.own
                },
                stamps={found.unit.key: found.unit.stamp or "" for found in proposals},
                order=[
                    unit.key
                    for unit in units(self.library, self.language)
                    if unit.kind is Kind.PHRASE
                ],
                reviewed=self._reviewed_book(proposals),
            ),
        )
        yield Change(name, before, after.encode())

    def _directory(self, proposals: Sequence[Proposal]) -> Iterator[Change]:
        by_section: dict[str, dict[tuple[str, str], str]] = {}
        for found in proposals:
            section, record, field = found.unit.path
            by_section.setdefault(section, {})[record, field] = found.text
        for section, texts in by_section.items():
            name = f"directory/{section}.yml"
            before, old = self._read(name)
            after = directory_file(old or "", section, texts, self.language)
            yield Change(name, before, after.encode())

    def _reviewed_book(self, proposals: Sequence[Proposal]) -> str | None:
        """A book says of all its phrases at once who read them; one machine's phrase spoils it."""
        book = self.library.phrases.get(self.language)
        was_read = book is not None and not book.reviewed.is_machine
        if self.by is None:
            brings = any(found.text != found.unit.own for found in proposals)
            return MACHINE if was_read and brings else None
        there = book.phrases.keys() if book else set()
        read = {found.unit.key for found in proposals}
        return self._reviewed() if was_read or there <= read else None

    def _reviewed(self) -> str:
        return f"{{by: {self.by}, on: {clock.today()}}}" if self.by else MACHINE

    def _read(self, name: str) -> tuple[bytes | None, str | None]:
        path = self.root / name
        if not path.exists():
            return None, None
        raw = path.read_bytes()
        return raw, raw.decode("utf-8-sig").replace("\r\n", "\n")
