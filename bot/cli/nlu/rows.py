"""The rows and columns that every table and plot of the report has, and how figures are written."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlu.evaluate import bars
from bot.nlu.evaluate.bars import Bar
from bot.nlu.evaluate.figures import Figures
from bot.nlu.evaluate.measure import Group, Report
from bot.nlu.evaluate.shares import Share

NOT_MEASURED = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of figures."""

    name: str
    figures: Figures
    accuracy_bar: float | None
    """Least accuracy, from 0 to 1; None where the project has set none."""
    is_part: bool
    """Whether it is a part (a script) of the language above it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A share as text, and whether it misses its bar."""

    value: str
    bounds: str
    misses: bool


def languages(report: Report) -> Iterator[Row]:
    """Each language, and below it its scripts where it has several."""
    for group in report.languages:
        least = bars.least_accuracy(trained=group.trained)
        kind = "" if group.trained else " (untaught)"
        yield Row(f"{group.language}{kind}", group.figures, least, is_part=False)
        scripts = [part for part in report.scripts if part.language == group.language]
        if len(scripts) > 1:
            for part in scripts:
                yield Row(_script(part), part.figures, None, is_part=True)


def summaries(report: Report) -> Iterator[Row]:
    """The means of the languages, and all sentences."""
    if report.mean_trained.n and report.mean_untaught.n:
        trained, untaught = report.mean_trained, report.mean_untaught
        yield Row("mean of the trained", trained, None, is_part=False)
        yield Row("mean of the untaught", untaught, None, is_part=False)
    yield Row("mean of languages", report.mean, bars.AVERAGE, is_part=False)
    yield Row("all sentences", report.total, None, is_part=False)


def cells(row: Row) -> tuple[Cell, ...]:
    """Right intent, language, urgent paged, paged or asked, calm paged, paged or asked."""
    f = row.figures
    return (
        _cell(f.accuracy, row.accuracy_bar),
        _cell(f.language, None),
        _cell(f.urgent_paged, bars.URGENT_PAGED),
        _cell(f.urgent_paged_or_asked, bars.URGENT_PAGED_OR_ASKED),
        _cell(f.calm_paged, bars.CALM_PAGED, at_least=False),
        _cell(f.calm_paged_or_asked, bars.CALM_PAGED_OR_ASKED, at_least=False),
    )


def percent(value: float) -> str:
    """A share from 0 to 1 as percent with one decimal."""
    return NOT_MEASURED if math.isnan(value) else f"{100 * value:.1f}"


def bounds(share: Share) -> str:
    """Its 95 % bounds, in whole percent."""
    return "" if math.isnan(share.low) else f"{100 * share.low:.0f}-{100 * share.high:.0f}"


def in_words(bar: Bar) -> str:
    """What a bar wants, as in `at least 90 %`."""
    return f"at {'least' if bar.at_least else 'most'} {100 * bar.wanted:.0f} %"


def _cell(share: Share, wanted: float | None, *, at_least: bool = True) -> Cell:
    measured = wanted is not None and not math.isnan(share.value)
    misses = measured and not bars.bar("", wanted or 0.0, share.value, at_least=at_least).met
    return Cell(percent(share.value), bounds(share), misses)


def _script(group: Group) -> str:
    if group.romanised:
        return f"{group.language} romanised"
    return f"{group.language} {'no letters' if group.script == 'none' else group.script}"
