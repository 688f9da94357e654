"""Does what `helpline nlu evaluate` was asked for: read, measure, write the reports."""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import clock, logs, settings, triage
from bot.cli.nlu.plain import as_json
from bot.cli.nlu.printed import show
from bot.nlu.danger import Lexicon, LexiconError
from bot.nlu.embedded import Export, ExportError
from bot.nlu.entities import Gazetteer, GazetteerError
from bot.nlu.evaluate.judged import Triage
from bot.nlu.evaluate.measure import Report, measure, trained_languages
from bot.nlu.evaluate.sentences import DEVELOPMENT, Sentence, SentencesError, read
from bot.nlu.rasa import RasaClient
from bot.nlu.understand import EXPORT, Understander

NLU = settings.ROOT / "nlu"
PATIENCE = 60.0
"""Seconds for an answer of a Rasa server; its first ones take many."""
MOST_PROBLEMS = 20
"""That are shown at once."""


class RefusedError(Exception):
    """What was asked for can't be done; the message says why and how to mend it."""


def run(options: argparse.Namespace) -> int:
    """Measure and report; the exit status. Raises ModuleNotFoundError before it measures."""
    render = _renderer() if options.html else None
    logs.configure("ERROR")
    try:
        _refuse_unwritable(options.html, options.json)
        report = asyncio.run(_measured(options))
    except SentencesError as error:
        _complain([str(problem) for problem in error.problems])
        return 2
    except (RefusedError, ExportError, LexiconError, GazetteerError) as error:
        _complain([str(error)])
        return 2
    try:
        if render:
            title = f"How well the line understands, {clock.today().isoformat()}"
            Path(options.html).write_text(render(report, title), encoding="utf-8")
        _write(report, options.json)
    except BrokenPipeError:
        raise
    except OSError as error:
        _complain([f"the report can't be written: {error}"])
        return 1
    return 0


def triage_of(understander: Understander) -> Triage:
    """The judgement of the line, with the thresholds that training chose.

    Raises ExportError without an export: there is nothing to measure then.
    """
    found = understander.thresholds
    if not found:
        raise ExportError(f"nlu/{EXPORT} can't be used; `make train` writes a new one")
    lines = triage.Thresholds(**found)
    return Triage(
        assess=lambda understood: triage.assess(understood, understander.tiers, lines),
        page=lines.page,
        ask=lines.ask,
        unsure=lines.unsure,
        lost=lines.guess,
    )


async def _measured(options: argparse.Namespace) -> Report:
    server = _server(options.rasa)
    understander = _served(*server) if server else Understander.load(NLU)
    try:
        judgement = triage_of(understander)
        paths = [Path(path) for path in options.data] if options.data else [DEVELOPMENT]
        sentences = _of_languages(read(paths, understander.tiers), options.language)
        with _progress() as progress:
            bar = progress.add_task(f"Judging {len(sentences)} sentences", total=len(sentences))
            report = await measure(
                sentences,
                understander,
                judgement,
                trained=trained_languages(NLU),
                done=lambda: progress.advance(bar),
            )
    finally:
        await understander.close()
    if server and not report.engines.get("rasa"):
        raise RefusedError("the Rasa server answered nothing: check its address and its token")
    return report


def _renderer() -> Callable[[Report, str], str]:
    from bot.cli.nlu.page import page  # matplotlib, which only this needs

    return page


def _served(url: str, token: str | None) -> Understander:
    """As `Understander.load`, but waiting long: it is the server that is to be measured.

    With the two seconds of the line a busy machine made the export judge 285 of 292 sentences.
    """
    export = Export.load(NLU / EXPORT)
    return Understander(
        export=export,
        lexicon=Lexicon.load(NLU / "danger"),
        gazetteer=Gazetteer.load(NLU / "entities"),
        tiers=export.tiers,
        rasa=RasaClient(url, export.tiers, token=token, timeout=PATIENCE),
    )


def _server(asked: str | None) -> tuple[str, str | None] | None:
    """The address and the token of the Rasa server that is to be measured, if any."""
    if asked is None:
        return None
    found = settings.read()
    url = asked or found.rasa_url
    if not url:
        raise RefusedError("--rasa needs an address: give one, or set HELPLINE_RASA_URL")
    if not url.startswith(("http://", "https://")):
        raise RefusedError("the address after --rasa must begin with http:// or https://")
    return url, found.rasa_token.get_secret_value() if found.rasa_token else None


def _of_languages(
    sentences: Sequence[Sentence], asked: Sequence[str] | None
) -> tuple[Sentence, ...]:
    there = {sentence.language for sentence in sentences}
    if missing := sorted(set(asked or ()) - there):
        raise RefusedError(
            f"no sentences in {', '.join(missing)}: after --language name some of "
            f"{', '.join(sorted(there))}, or other files after --data"
        )
    return tuple(s for s in sentences if not asked or s.language in asked)


def _refuse_unwritable(*files: str | None) -> None:
    for file in files:
        if file and file != "-" and not Path(file).absolute().parent.is_dir():
            raise RefusedError(f"{file}: its directory is not there; make it or name another")
        if file and Path(file).is_dir():
            raise RefusedError(f"{file} is a directory: name a file")


def _write(report: Report, file: str | None) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may not know every script
    if file == "-":
        sys.stdout.write(as_json(report) + "\n")
        return
    if file:
        Path(file).write_text(as_json(report) + "\n", encoding="utf-8")
    show(report, sys.stdout)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    return Progress(*columns, TimeRemainingColumn(), console=console, transient=True)


def _complain(problems: Sequence[str]) -> None:
    for problem in problems[:MOST_PROBLEMS]:
        sys.stderr.write(f"{problem}\n")
    if len(problems) > MOST_PROBLEMS:
        sys.stderr.write(f"... and {len(problems) - MOST_PROBLEMS} more\n")
