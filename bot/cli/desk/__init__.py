"""`helpline desk`: the operators' group on Telegram: find it, check it, fill it again."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bot.cli import store
from bot.cli.numbers import number_of

EPILOG = """\
Exit status: 0 all is well, or done; 1 something has to be mended first, or cannot be
done now; 2 what was written cannot be meant. docs/desk.md tells how a desk is set up.
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command about the desk; its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.act is None:
        parser.print_help()
        return 0
    return store.run(lambda: _acts()[options.act](options))


def _acts() -> dict[str, store.Act]:
    from bot.cli.desk import checked, groups, rebuilt

    return {"check": checked.check, "find": groups.find, "rebuild": rebuilt.rebuild}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpline desk",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    acts = parser.add_subparsers(dest="act", metavar="COMMAND")
    acts.add_parser(
        "check", help="ask Telegram whether the group is as it must be, and who is in it"
    )
    acts.add_parser("find", help="the chat ids of groups to which the bot was just added")
    rebuild = acts.add_parser(
        "rebuild", help="make the topics of open cases and of editors anew, from the store"
    )
    rebuild.add_argument("--case", metavar="N", type=number_of, help="only this one")
    return parser
