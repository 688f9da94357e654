"""`helpline content import`: takes a translated PO file back, checked entry by entry."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot import clock
from bot.cli.content import place, po, replacing
from bot.cli.content.taking import Taking
from bot.cli.directory.rewriting import RewriteError
from bot.content.library import Language, Library
from bot.content.problems import ContentError
from bot.content.proposals import Proposal, judge
from bot.content.review import HUMAN, MACHINE
from bot.content.roles import looks_like_a_name
from bot.content.stamps import Standing
from bot.content.translations import Unit, plain, units
from bot.domain.problems import Problem
from bot.domain.understanding import Tier
from bot.publishing.reading import Files

_ROLE: Final = re.compile(r"[^\W\d_][\w -]{0,59}")


@dataclass(slots=True)
class Plan:
    """What a PO file brings."""

    taken: list[Proposal] = field(default_factory=list)
    """To be written."""
    same: list[Proposal] = field(default_factory=list)
    """As it is already."""
    refused: list[Problem] = field(default_factory=list)
    fuzzy: int = 0
    empty: int = 0

    def summary(self, language: str, by: str | None) -> str:
        """Say it in one line."""
        read = f"; read by {by}: {len(self.taken) + len(self.same)}" if by else ""
        new = sum(proposal.unit.own is None for proposal in self.taken)
        told = (
            f"{language}: {new} new, {len(self.taken) - new} changed, {len(self.same)} the same, "
            f"{len({problem.line for problem in self.refused})} refused"
        )
        skipped = [
            f"{count} {what}"
            for count, what in ((self.fuzzy, "marked fuzzy"), (self.empty, "empty"))
            if count
        ]
        return told + read + (f"; skipped: {', '.join(skipped)}" if skipped else "")


def main(arguments: Sequence[str]) -> int:
    """Import; 1 when anything in the file was refused."""
    options = _parser().parse_args(arguments)
    if options.by is not None and not _is_role(options.by):
        sys.stderr.write(
            "--by is a role in small letters, like `translator`: letters, digits, spaces; "
            "never a name\n"
        )
        return 2
    files = place.files()
    try:
        library = place.load(files)
        found = po.read(options.file)
    except ContentError as error:
        sys.stderr.write(f"The content has errors; mend them first:\n{error}\n")
        return 1
    except po.PoError as error:
        sys.stdout.write(f"{error.problem}\nNothing was written.\n")
        return 1
    language = _language(library, options.language or found.language)
    if isinstance(language, str):
        sys.stderr.write(f"{language}\n")
        return 2
    plan = planned(found, library, language.code, options.file.name, files.tiers)
    for problem in plan.refused:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{plan.summary(language.name, options.by)}\n")
    written = _write(plan, library, files, language, options)
    return 1 if plan.refused or not written else 0


def planned(
    found: po.PoFile, library: Library, language: str, name: str, tiers: Mapping[str, Tier]
) -> Plan:
    """Judge every entry of a PO file; nothing is written. `name` is the file's, for problems."""
    known = {unit.context: unit for unit in units(library, language)}
    plan = Plan()
    waiting: list[tuple[po.Entry, Proposal]] = []
    for entry in found.entries:
        unit = known.get(entry.context)
        problem = _misplaced(entry, unit, name)
        if problem or unit is None:
            plan.refused += [problem] if problem else []
        elif entry.fuzzy:
            plan.fuzzy += 1
        elif not plain(entry.text):
            plan.empty += 1
        elif plain(entry.text) == unit.own and unit.standing is Standing.CURRENT:
            plan.same.append(Proposal(unit, unit.own))
        else:
            waiting.append((entry, Proposal(unit, plain(entry.text))))
    proposals = [proposal for _, proposal in waiting]
    objections = judge(library, language, proposals, tiers, clock.today())
    for at, (entry, proposal) in enumerate(waiting):
        if at not in objections:
            plan.taken.append(proposal)
        for objection in objections.get(at, ()):
            where = f" (line {objection.line} of the text)" if objection.line > 1 else ""
            what = f"{entry.context}: {objection.what}{where}"
            plan.refused.append(Problem(name, entry.line, what, objection.mend))
    plan.refused.sort()
    return plan


def _misplaced(entry: po.Entry, unit: Unit | None, name: str) -> Problem | None:
    def problem(what: str, mend: str) -> Problem:
        return Problem(name, entry.line, what, mend)

    if unit is None:
        what = f"{entry.context or 'an entry without msgctxt'}: there is no such text"
        return problem(what, "export the language again")
    if entry.is_plural:
        return problem(f"{entry.context}: plural forms", "our texts have none: write one msgstr")
    if plain(entry.english) != unit.english:
        what = f"{entry.context}: the English has changed since the export"
        return problem(what, "export the language again and compare")
    return None


def _write(
    plan: Plan, library: Library, files: Files, language: Language, options: argparse.Namespace
) -> bool:
    """Write what was taken; say no when it could not be."""
    try:
        taking = Taking(library, files.content, language.code, options.by)
        wanted = taking.changes(plan.taken, plan.same)
        errors = replacing.tried(files, wanted, clock.today()) if wanted else ()
        if errors:
            lines = "".join(f"{problem}\n" for problem in errors)
            sys.stdout.write(f"{lines}With these texts the content would have errors.\n")
        elif wanted and not options.dry_run:
            replacing.write(files.content, wanted)
    except (RewriteError, replacing.ChangedMeanwhileError, OSError) as error:
        sys.stdout.write(f"{_said(error)}\nNothing was written.\n")
        return False
    if errors or options.dry_run or not wanted:
        sys.stdout.write("Nothing was written.\n" if errors or options.dry_run else "")
        return not errors
    sys.stdout.write("".join(f"  {line}\n" for line in _listed(wanted)))
    return True


def _listed(wanted: Sequence[replacing.Change]) -> Iterator[str]:
    yield f"written: {len(wanted)} files in content/"
    for change in wanted:
        if not change.name.startswith("answers/"):
            yield change.name


def _said(error: Exception) -> str:
    if isinstance(error, replacing.ChangedMeanwhileError):
        return f"content/{error} was changed by somebody else meanwhile. Import again."
    return str(error)


def _language(library: Library, code: str) -> Language | str:
    if not code:
        return "The file does not say its language. Add `--language LANG`."
    # Poedit and Weblate may write zh_CN, zh_Hans or zh-Hans.
    base = re.split(r"[_@-]", code)[0]
    known = library.language(code)
    return place.translated_language(library, code if known else base)


def _is_role(text: str) -> bool:
    return (
        bool(_ROLE.fullmatch(text)) and text not in {MACHINE, HUMAN} and not looks_like_a_name(text)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpline content import",
        description="Take a translated PO file back. Each entry is checked: placeholders, "
        "length, links, HTML, what a locked phone shows, and whether the English is still that "
        "of the export. Good entries are written, bad ones are listed and left. Entries that are "
        "empty or marked fuzzy are skipped.",
    )
    parser.add_argument("file", type=Path, metavar="FILE.po")
    parser.add_argument(
        "--by",
        metavar="ROLE",
        help="your role, if you know both languages and have read every entry: the texts then "
        "lose their notice that a machine wrote them. Never a name",
    )
    parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")
    parser.add_argument("--language", metavar="LANG", help="if the file does not say it")
    return parser
