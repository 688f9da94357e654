"""`helpline operator`: the team, its languages, roles, rota and days off."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bot.cli import store

EPILOG = """\
A rota says when somebody is on duty, in hours of Phnom Penh:
  always      never      "mon-fri 08:00-12:00 13:00-18:00; sat 20:00-02:00"

Exit status: 0 done; 1 it cannot be done now; 2 what was written cannot be meant.
docs/desk.md tells how a desk is set up.
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command of the team; its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.act is None:
        parser.print_help()
        return 0
    return store.run(lambda: _acts()[options.act](options))


def _acts() -> dict[str, store.Act]:
    from bot.cli.operator import calendar, listed, members

    return {
        "add": members.add,
        "link": members.link,
        "edit": members.edit,
        "remove": members.remove,
        "list": listed.show,
        "off": calendar.off,
        "on": calendar.on,
        "rota": calendar.show,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpline operator",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    acts = parser.add_subparsers(dest="act", metavar="COMMAND")
    add = acts.add_parser("add", help="add somebody, and print the link that binds their account")
    add.add_argument("name", metavar="NAME", help="what the team calls them; contacts never see it")
    _about(add, required=True)
    listed = acts.add_parser("list", help="who there is, and who is on duty now")
    listed.add_argument("--all", action="store_true", help="those who have left, too")
    link = acts.add_parser("link", help="a new link: a lost phone, another account")
    link.add_argument("name", metavar="NAME")
    edit = acts.add_parser("edit", help="change languages, role or rota")
    edit.add_argument("name", metavar="NAME")
    _about(edit, required=False)
    remove = acts.add_parser("remove", help="let somebody go; their cases go back to the queue")
    remove.add_argument("name", metavar="NAME")
    for name, text in (("off", "a day off"), ("on", "take a day off back")):
        day = acts.add_parser(name, help=f"{text}, of one or of everybody")
        day.add_argument(
            "day",
            metavar="DATE",
            help="2026-12-24, 2026-12-24..2027-01-02, today or tomorrow, in Phnom Penh",
        )
        day.add_argument("name", metavar="NAME", nargs="?", help="everybody, if left out")
    acts.add_parser("rota", help="who is on duty in the next seven days, and when nobody is")
    return parser


def _about(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--languages",
        metavar="CODES",
        required=required,
        help="ISO 639 codes of the languages that they write, as in id,en",
    )
    parser.add_argument(
        "--role",
        choices=("operator", "supervisor", "editor"),
        default="operator" if required else None,
        help="an editor keeps the answers and is never called (operator)",
    )
    parser.add_argument(
        "--rota",
        metavar="HOURS",
        default="always" if required else None,
        help='as in "mon-fri 08:00-18:00" (always)',
    )
