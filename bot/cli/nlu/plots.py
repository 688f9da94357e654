"""The plots of the report as SVG elements whose colours are those of the page around them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bot.cli.nlu.rows import Row, languages
from bot.nlu.evaluate import bars
from bot.nlu.evaluate.calibration import Calibration
from bot.nlu.evaluate.figures import Figures
from bot.nlu.evaluate.measure import Report
from bot.nlu.evaluate.shares import Share

INK, FAINT, FIRST, SECOND = "#010203", "#010204", "#010205", "#010206"
"""Stand-ins: matplotlib writes them into the SVG, where the page's own colours replace them."""

_VARIABLES = {INK: "var(--ink)", FAINT: "var(--faint)", FIRST: "var(--one)", SECOND: "var(--two)"}
_WIDTH = 4.3  # inches: on a phone of 360 px the letters keep about their size
_STYLE: Final[dict[Any, object]] = {
    "svg.fonttype": "none",  # letters stay letters: small, and they can be selected
    "svg.hashsalt": "helpline",  # the same report gives the same page
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.4,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


@dataclass(frozen=True, slots=True)
class Series:
    """One share of each row, and how it is drawn."""

    name: str
    of: Callable[[Figures], Share]
    colour: str
    bar: float | None
    """From 0 to 1; a dashed line."""


def accuracy(report: Report) -> str:
    """Intents understood, by language and script."""
    series = (Series("acceptable intent", lambda f: f.accuracy, FIRST, None),)
    return _by_language(report, series, "accuracy")


def urgent(report: Report) -> str:
    """Urgent sentences paged, and paged or asked, by language."""
    series = (
        Series("paged", lambda f: f.urgent_paged, FIRST, bars.URGENT_PAGED),
        Series(
            "paged or asked",
            lambda f: f.urgent_paged_or_asked,
            SECOND,
            bars.URGENT_PAGED_OR_ASKED,
        ),
    )
    return _by_language(report, series, "urgent")


def calm(report: Report) -> str:
    """False alarms, by language."""
    series = (
        Series("paged", lambda f: f.calm_paged, FIRST, bars.CALM_PAGED),
        Series("paged or asked", lambda f: f.calm_paged_or_asked, SECOND, bars.CALM_PAGED_OR_ASKED),
    )
    return _by_language(report, series, "calm")


def tradeoff(report: Report) -> str:
    """Recall against false alarms over all thresholds of urgency, the chosen ones marked."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(3.6)
        curve = report.tradeoff
        x = [100 * p.false_alarms for p in curve.points]
        axes.step(x, [100 * p.recall for p in curve.points], where="post", color=INK, linewidth=1)
        for point, name, colour in ((curve.page, "page", FIRST), (curve.ask, "ask", SECOND)):
            if point is not None:
                label = f"score alone, {name} from {point.threshold:.2f}"
                place = (100 * point.false_alarms, 100 * point.recall)
                axes.plot(*place, "o", color=colour, label=label)
        total = report.total
        whole = (
            (total.calm_paged, total.urgent_paged, "paged", FIRST),
            (total.calm_paged_or_asked, total.urgent_paged_or_asked, "paged or asked", SECOND),
        )
        for alarms, recall, name, colour in whole:
            place = (100 * alarms.value, 100 * recall.value)
            axes.plot(*place, "D", mfc="none", color=colour, label=f"whole judgement, {name}")
        axes.set(xlabel="false alarms, % of the calm", ylabel="recall, % of the urgent")
        axes.set(xlim=(-2, 102), ylim=(-2, 104))
        axes.legend(loc="lower right")
        return _svg(figure, "tradeoff")


def reliability(found: Calibration, xlabel: str, ylabel: str, key: str) -> str:
    """How often what was promised was true; on the dashed line it always is."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(3.6)
        axes.plot([0, 100], [0, 100], "--", color=INK, linewidth=0.7)
        most = max((b.true.of for b in found.bins), default=1)
        for b in found.bins:
            edges = 100 * b.low, 100 * (b.high - b.low)
            height = 20 * b.true.of / most
            axes.bar(edges[0], height, edges[1], align="edge", color=FAINT, alpha=0.5)
        _errors(axes, [(100 * b.promised, b.true) for b in found.bins], FIRST)
        axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(-2, 102), ylim=(-2, 104))
        return _svg(figure, key)


def confusion(report: Report) -> str:
    """Which expected intent (row) was taken for which (column); darker is a larger share."""
    intents, counts = report.matrix.intents, report.matrix.counts
    size = len(intents)
    with mpl.rc_context({**_STYLE, "font.size": 6.5}):
        figure = Figure(figsize=(2.4 + 0.2 * size, 1.6 + 0.2 * size), layout="constrained")
        axes = figure.add_subplot()
        for row, line in enumerate(counts):
            for column, count in enumerate(line):
                if count:
                    _cell(axes, (row, column), count, sum(line))
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
        axes.set_xticks(range(size), intents, rotation=90)
        axes.set_yticks(range(size), intents)
        axes.tick_params(length=0)
        axes.set(xlabel="understood as", ylabel="expected")
        return _svg(figure, "confusion")


def _cell(axes: Axes, place: tuple[int, int], count: int, of: int) -> None:
    row, column = place
    colour = FIRST if row == column else SECOND
    # Never so dark that the number in it can't be read.
    alpha = 0.12 + 0.5 * count / of
    corner = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=colour, alpha=alpha, linewidth=0))
    axes.text(column, row, str(count), ha="center", va="center", fontsize=5.5)


def _by_language(report: Report, series: Sequence[Series], key: str) -> str:
    rows = [*languages(report), Row("all", report.total, None, is_part=False)]
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(0.9 + 0.23 * len(rows))
        for number, drawn in enumerate(series):
            shift = 0.14 * (2 * number - len(series) + 1)
            shares = [drawn.of(row.figures) for row in rows]
            for place, share in enumerate(shares):
                if not math.isnan(share.value):
                    _whisker(axes, place + shift, share, drawn.colour)
            dots = [100 * share.value for share in shares]
            places = [place + shift for place in range(len(rows))]
            axes.plot(dots, places, "o", color=drawn.colour, markersize=4, label=drawn.name)
            if drawn.bar is not None:
                axes.axvline(100 * drawn.bar, color=drawn.colour, linestyle="--", linewidth=0.8)
        for place, row in enumerate(rows):
            if row.accuracy_bar is not None and len(series) == 1:
                x = 100 * row.accuracy_bar
                axes.plot([x, x], [place - 0.4, place + 0.4], color=SECOND, linewidth=1.2)
        axes.set_yticks(range(len(rows)), [row.name for row in rows])
        axes.set(ylim=(len(rows) - 0.4, -0.6), xlabel="%")
        axes.grid(visible=False, axis="y")
        if len(series) > 1:
            figure.legend(loc="outside upper center", ncols=2)
        return _svg(figure, key)


def _whisker(axes: Axes, y: float, share: Share, colour: str) -> None:
    axes.plot([100 * share.low, 100 * share.high], [y, y], color=colour, linewidth=1.2)


def _errors(axes: Axes, points: Sequence[tuple[float, Share]], colour: str) -> None:
    for x, share in points:
        axes.plot([x, x], [100 * share.low, 100 * share.high], color=colour, linewidth=1.2)
    values = [100 * share.value for _, share in points]
    axes.plot([x for x, _ in points], values, "o-", color=colour, markersize=4, linewidth=0.6)


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure, key: str) -> str:
    """The `<svg>` element; `key` keeps its ids apart from those of the page's other plots."""
    sink = io.StringIO()
    silent = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(sink, format="svg", transparent=True, metadata=silent)
    svg = sink.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'\bid="', f'id="{key}-', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\1{key}-", svg)
    for stand_in, variable in _VARIABLES.items():
        svg = svg.replace(stand_in, variable)
    # The size is the page's business; the view box keeps the shape.
    return re.sub(r' (width|height)="[^"]*pt"', "", svg, count=2)
