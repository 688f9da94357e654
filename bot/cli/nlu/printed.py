"""The report for a terminal: tables, the bars last, so that they are what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.nlu.rows import Row, bounds, cells, in_words, languages, percent, summaries
from bot.nlu.evaluate.calibration import Calibration
from bot.nlu.evaluate.measure import Report
from bot.nlu.evaluate.mistakes import Case

WIDTH = 118
"""Characters of a line where no terminal says how many it has."""
SHOWN = 15
"""Confusions, and worst sentences of each kind; the JSON holds all."""


def show(report: Report, output: TextIO) -> None:
    """Write the report; colours only for a terminal."""
    console = Console(file=output, width=None if output.isatty() else WIDTH, highlight=False)
    engines = ", ".join(f"{count} by {name}" for name, count in report.engines.items())
    lines = ", ".join(f"{name} {value:.2f}" for name, value in report.thresholds.items())
    console.print(Text(f"{report.total.n} sentences judged: {engines}. Thresholds: {lines}."))
    if len(report.engines) > 1:
        console.print(Text("More than one engine judged: one failed at times.", "red"))
    _figures(report, console)
    _band(report, console)
    _calibration("Confidence of the intent", report.confidence, console)
    _calibration("Urgency", report.urgency, console)
    _confusions(report, console)
    worst = report.worst
    _cases("Urgent, neither paged nor asked", worst.missed, console)
    _cases("Calm, but paged", worst.called, console)
    _cases("Wrong intent, the surest first", worst.wrong, console)
    _bars(report, console)


def _title(title: str, console: Console) -> None:
    # Not the table's own title, which is no wider than the table.
    console.print(Text(f"\n{title}", "bold"))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _figures(report: Report, console: Console) -> None:
    _title("Percent, with 95 % bounds (Wilson); ! misses the bar", console)
    table = _table(
        "", "n", "intent", "F1", "language", "urgent: paged", "or asked", "calm: paged", "or asked",
    )  # fmt: skip
    for row in languages(report):
        _add(table, row)
    table.add_section()
    for row in summaries(report):
        _add(table, row)
    console.print(table)


def _add(table: Table, row: Row) -> None:
    texts = []
    for cell in cells(row):
        style = "red" if cell.misses else ""
        value = Text(f"{cell.value}{'!' if cell.misses else ''}", style)
        texts.append(value.append(f" {cell.bounds:>6}", "dim"))
    name = f"  {row.name}" if row.is_part else row.name
    intent, *others = texts
    f1 = percent(row.figures.macro_f1)
    table.add_row(Text(name), str(row.figures.n), intent, f1, *others)


def _band(report: Report, console: Console) -> None:
    band = report.did_you_mean
    lines = (
        ("lost", band.lost, "of all sentences are not even guessed at: the menu, and a human"),
        ("asked", band.asked, "of all sentences"),
        ("needed", band.needed, "of those asked about had a wrong intent (precision)"),
        ("offers it", band.offers_truth, "of those asked about have the truth in the top three"),
        ("right", band.right_when_sure, "of those above the band have a right intent"),
        ("top three", report.total.among_top, "of all sentences have the truth in the top three"),
    )
    _title("Did you mean", console)
    for name, share, words in lines:
        text = Text(f"  {name:<10} {percent(share.value):>5} % ")
        console.print(text.append(f"{bounds(share):>6}", "dim").append(f"  {words}"))


def _calibration(title: str, found: Calibration, console: Console) -> None:
    _title(f"{title}: expected calibration error {percent(found.error)} %", console)
    table = _table("from", "to", "n", "promised", "true", "bounds")
    for b in found.bins:
        true = percent(b.true.value)
        edges = (f"{100 * b.low:.0f}", f"{100 * b.high:.0f}")
        table.add_row(*edges, str(b.true.of), percent(b.promised), true, bounds(b.true))
    console.print(table)


def _confusions(report: Report, console: Console) -> None:
    shown = report.confusions[:SHOWN]
    _title(f"Confused intents, {len(shown)} of {len(report.confusions)} pairs", console)
    table = _table("n", "expected", "guessed", "surest example")
    for column in table.columns[1:]:
        column.justify = "left"
    for pair in shown:
        example = f"[{pair.example.language}] {pair.example.text}"
        table.add_row(str(pair.count), pair.expected, pair.guessed, Text(example))
    console.print(table)


def _cases(title: str, cases: Sequence[Case], console: Console) -> None:
    shown = cases[:SHOWN]
    _title(f"{title}, {len(shown)} of {len(cases)}", console)
    table = _table("conf.", "urg.", "expected", "guessed", "sentence")
    for column in table.columns[2:]:
        column.justify = "left"
    for case in shown:
        expected, sentence = " / ".join(case.expected), f"[{case.language}] {case.text}"
        reason = "" if case.reason == case.guessed else f" ({case.reason})"
        guessed = f"{case.guessed}{reason}"
        scores = (f"{case.confidence:.2f}", f"{case.urgency:.2f}")
        table.add_row(*scores, expected, guessed, Text(sentence))
    if shown:
        console.print(table)


def _bars(report: Report, console: Console) -> None:
    met = sum(bar.met for bar in report.bars)
    _title(f"The bars of the project: {met} of {len(report.bars)} met", console)
    table = _table("", "wanted", "found", "")
    for bar in report.bars:
        verdict = Text("met", "green") if bar.met else Text("NOT MET", "bold red")
        table.add_row(bar.name, in_words(bar), f"{percent(bar.found)} %", verdict)
    console.print(table)
