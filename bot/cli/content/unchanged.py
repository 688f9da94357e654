"""`helpline content unchanged`: says that translations still hold after a change of the English."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bot import clock
from bot.cli.content import place, replacing
from bot.cli.content.taking import Taking
from bot.cli.directory.rewriting import RewriteError
from bot.content.library import FALLBACK, Language, Library
from bot.content.problems import ContentError
from bot.content.proposals import Proposal
from bot.content.stamps import Standing
from bot.content.translations import Kind, Unit, units
from bot.publishing.reading import Files


def main(arguments: Sequence[str]) -> int:
    """Stamp the translations of these texts with the English of today."""
    parser = argparse.ArgumentParser(
        prog="helpline content unchanged",
        description="After a change of the English that changes nothing for the reader, like a "
        "mended typing error: say that its translations are still right, so that nobody is "
        "asked to translate them again.",
    )
    parser.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="the topic of an answer (visa_overstay, or visa_overstay.ID for one nationality) "
        "or the key of a phrase (menu)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--language", metavar="LANG", help="in this language only")
    which.add_argument("--all-languages", action="store_true", help="in all (the default)")
    options = parser.parse_args(arguments)
    files = place.files()
    try:
        library = place.load(files)
    except ContentError as error:
        sys.stderr.write(f"The content has errors; mend them first:\n{error}\n")
        return 1
    languages = _languages(library, options.language)
    if isinstance(languages, str):
        sys.stderr.write(f"{languages}\n")
        return 2
    found = {language: tuple(units(library, language.code)) for language in languages}
    known = {
        unit.key for listed in found.values() for unit in listed if _is_among(unit, options.names)
    }
    unknown = sorted(set(options.names) - known)
    if unknown:
        sys.stderr.write(f"There is no answer or phrase `{'`, `'.join(unknown)}`.\n")
        return 2
    try:
        return _stamp(found, options.names, library, files)
    except (RewriteError, replacing.ChangedMeanwhileError, OSError) as error:
        sys.stderr.write(f"Nothing was written: {error}\n")
        return 1


def _stamp(
    found: dict[Language, tuple[Unit, ...]], names: Sequence[str], library: Library, files: Files
) -> int:
    wanted: list[replacing.Change] = []
    told: list[str] = []
    for language, listed in found.items():
        behind = [
            Proposal(unit, unit.own)
            for unit in listed
            if _is_among(unit, names)
            and unit.own is not None
            and unit.standing is not Standing.CURRENT
        ]
        wanted += Taking(library, files.content, language.code).changes(behind)
        if behind:
            listing = ", ".join(proposal.unit.context for proposal in behind)
            told.append(f"{language.name}: still right: {listing}")
    errors = replacing.tried(files, wanted, clock.today()) if wanted else ()
    if errors:
        sys.stdout.write("".join(f"{problem}\n" for problem in errors))
        sys.stdout.write("Nothing was written.\n")
        return 1
    replacing.write(files.content, wanted)
    sys.stdout.write("".join(f"{line}\n" for line in told) or "All were up to date already.\n")
    return 0


def _languages(library: Library, only: str | None) -> list[Language] | str:
    if only is None:
        return [language for language in library.languages if language.code != FALLBACK]
    found = place.translated_language(library, only)
    return found if isinstance(found, str) else [found]


def _is_among(unit: Unit, names: Sequence[str]) -> bool:
    return unit.kind is not Kind.DIRECTORY and unit.key in names
