"""The report as one HTML page that asks nobody for anything: no script, no request."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.cli.nlu import plots, rows
from bot.nlu.evaluate.measure import Report

SHOWN = 40
"""Confusions, and worst sentences of each kind; the JSON holds all."""


def page(report: Report, title: str) -> str:
    """The page; everything but our own plots is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        title=title, report=report, rows=rows, shown=SHOWN, plots=_plots(report)
    )


def _plots(report: Report) -> dict[str, Markup]:
    drawn = {
        "accuracy": plots.accuracy(report),
        "urgent": plots.urgent(report),
        "calm": plots.calm(report),
        "tradeoff": plots.tradeoff(report),
        "confidence": plots.reliability(
            report.confidence, "confidence, %", "acceptable intent, %", "confidence"
        ),
        "urgency": plots.reliability(report.urgency, "urgency, %", "urgent, %", "urgency"),
        "confusion": plots.confusion(report),
    }
    # Safe: matplotlib escapes what it writes, and texts of users are in none of the plots.
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704
