"""`helpline check`: everything that is wrong in flows and content, with file, line and mend."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from bot import clock, settings, spoken
from bot.cli import tiers
from bot.cli.check import before, printed
from bot.cli.check.report import Report
from bot.cli.store import RefusedError
from bot.publishing import reading

HELP = """\
Reads content/ and flows/ as the line does and tells all that is wrong, file by file. What has an
error in it is never published: the line goes on with the last good version. A warning lets pass.
The status is 1 when there is an error.
"""


def main(arguments: Sequence[str]) -> int:
    """Check; 0 when there is no error."""
    parser = argparse.ArgumentParser(prog="helpline check", description=HELP)
    parser.add_argument("--json", action="store_true", help="one JSON object, for machines")
    parser.add_argument(
        "--against",
        metavar="REF",
        help="a git revision, like `main`: refuse what breaks conversations that its flows began",
    )
    options = parser.parse_args(arguments)
    began = time.monotonic()
    found = settings.read()
    files = spoken.files(found.content_dir, found.flows_dir, tiers.read())
    today = clock.today()
    seen = reading.look(files, today)
    problems = list(seen.problems)
    try:
        if options.against and seen.edition:
            problems += before.compare(files.flows, options.against, seen.edition.flows)
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return error.status
    report = Report(
        problems=tuple(sorted(set(problems))),
        edition=seen.edition,
        tiers=files.tiers,
        today=today,
        seconds=time.monotonic() - began,
    )
    (printed.as_json if options.json else printed.as_text)(report)
    return 1 if report.errors else 0
