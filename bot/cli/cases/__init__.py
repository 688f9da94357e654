"""`helpline cases`: which people wait for a human, who has them, and how it went."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bot.cli import store
from bot.cli.numbers import number_of
from bot.domain.cases import CaseStatus, Outcome
from bot.domain.understanding import Tier

EPILOG = """\
Without a command: the open cases, the most urgent and the oldest first.
Exit status: 0 done; 1 it cannot be done now; 2 what was written cannot be meant.
"""
OUTCOMES = tuple(outcome.value for outcome in Outcome if outcome is not Outcome.ERASED)
"""How a person can say that a case ended."""


def main(arguments: Sequence[str]) -> int:
    """Run a command about cases; its exit status."""
    options = _parser().parse_args(arguments)
    return store.run(lambda: _acts()[options.act](options))


def _acts() -> dict[str | None, store.Act]:
    from bot.cli.cases import exported, listed, moved, shown

    return {
        None: listed.show,
        "show": shown.show,
        "export": exported.export,
        "resolve": moved.resolve,
        "raise": moved.raise_,
        "lower": moved.lower,
        "unblock": moved.unblock,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpline cases",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--all", action="store_true", help="resolved ones, too")
    parser.add_argument(
        "--status", choices=[status.value for status in CaseStatus], help="only these"
    )
    parser.add_argument(
        "--tier", choices=(Tier.CRITICAL.value, Tier.ELEVATED.value), help="only these"
    )
    acts = parser.add_subparsers(dest="act", metavar="COMMAND")
    show = acts.add_parser("show", help="one case, and what was done with it")
    _number(show)
    show.add_argument(
        "--messages",
        action="store_true",
        help="with what was written; reading it is noted in the audit trail",
    )
    export = acts.add_parser("export", help="counts and codes as CSV or JSON, never a text")
    export.add_argument("file", metavar="FILE", help="ends in .csv or .json; - writes CSV out")
    export.add_argument("--since", metavar="DATE", help="only those opened from this day on")
    resolve = acts.add_parser("resolve", help="end a case, without a word to its contact")
    _number(resolve)
    resolve.add_argument("--outcome", choices=OUTCOMES, required=True)
    for name, text in (("raise", "make a case critical"), ("lower", "make it elevated")):
        _number(acts.add_parser(name, help=text))
    _number(acts.add_parser("unblock", help="lift a block that was kept when its case was erased"))
    return parser


def _number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", type=number_of, help="the case's number")
