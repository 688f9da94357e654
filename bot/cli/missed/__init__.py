"""`helpline missed`: what people asked and the line did not answer, for editors to deal with.

What was not understood, was none of what was offered, or was said not to have helped is kept for
7 days after its contact last wrote, at most 30: without the numbers and names that could be
recognised, and sealed. Nothing is kept of messages that called a human.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bot.cli import store
from bot.cli.numbers import number_of

EPILOG = """\
Without a command: groups of questions that ask alike, the largest first.
A group is called by the number that the list shows; it is gone when it was dealt with.

  helpline missed --language id     only groups with questions in Indonesian
  helpline missed show 12           all questions of group 12
  helpline missed train 12 visa_overstay "how much do I pay for overstay"
                                    teach the line a sentence, in your own words
  helpline missed ask 12 "What does the fine cost after the new law?"
                                    make a task of it: an answer is to be written
  helpline missed drop 12           nothing to do about it

Exit status: 0 done; 1 it cannot be done now; 2 what was written cannot be meant.
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command about missed questions; its exit status."""
    options = _parser().parse_args(arguments)
    return store.run(lambda: _acts()[options.act](options))


def _acts() -> dict[str | None, store.Act]:
    from bot.cli.missed import asked, listed, trained

    return {
        None: listed.show,
        "show": listed.show_group,
        "train": trained.train,
        "ask": asked.ask,
        "tasks": asked.tasks,
        "done": asked.done,
        "drop": asked.drop,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpline missed",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--language", metavar="CODE", help="only questions in it, such as id")
    parser.add_argument("--days", metavar="N", type=number_of, help="only of the last N days")
    acts = parser.add_subparsers(dest="act", metavar="COMMAND")
    _number(acts.add_parser("show", help="all questions of a group"))
    _train(acts.add_parser("train", help="make training sentences of a group"))
    ask = acts.add_parser("ask", help="make a task of a group: an answer is to be written")
    _number(ask)
    ask.add_argument(
        "what",
        metavar="WHAT",
        help="what the answer should say, in your own words: no names, nobody's story",
    )
    acts.add_parser("tasks", help="the answers that are to be written")
    done = acts.add_parser("done", help="the answer to a task stands")
    done.add_argument("number", metavar="N", type=number_of, help="the task's number")
    _number(acts.add_parser("drop", help="forget a group"))
    return parser


def _train(train: argparse.ArgumentParser) -> None:
    _number(train)
    train.add_argument(
        "intent", metavar="INTENT", help="what the sentences ask for (nlu/tiers.yml)"
    )
    train.add_argument(
        "sentences",
        metavar="SENTENCE",
        nargs="+",
        help="what people ask there, in your own words: never what one of them wrote",
    )
    train.add_argument(
        "--language",
        dest="sentence_language",
        metavar="CODE",
        help="of your sentences, when the group is in several",
    )
    train.add_argument("--yes", action="store_true", help="write without asking")


def _number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="GROUP", type=number_of, help="the group's number")
