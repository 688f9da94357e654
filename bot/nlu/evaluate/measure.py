"""Labelled sentences go in, a report comes out: all that is measured, as plain values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.core import get_global

from bot.nlu.embedded import ExportError
from bot.nlu.evaluate.bars import Bar, bars
from bot.nlu.evaluate.calibration import Calibration, Tradeoff, of_confidence, of_urgency, tradeoff
from bot.nlu.evaluate.figures import DidYouMean, Figures, did_you_mean, figures, mean_figures
from bot.nlu.evaluate.judged import Judged, Triage, judge
from bot.nlu.evaluate.mistakes import Confusion, Matrix, Worst, confusions, matrix, worst
from bot.nlu.evaluate.sentences import Sentence
from bot.nlu.language import script_of
from bot.nlu.understand import Understander

CARD = Path("model") / "card.json"
"""Where the figures of the export lie within `nlu/`."""


@dataclass(frozen=True, slots=True)
class Group:
    """The sentences of one language, or those of them in one script."""

    language: str
    script: str | None
    """A name of `bot/nlu/language.py`, `none` for no letters; None for the language as a whole."""
    romanised: bool
    """Whether they are in Latin letters although the language has a script of its own."""
    trained: bool
    """Whether there is training data for the language."""
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured. Shares are from 0 to 1."""

    engines: Mapping[str, int]
    """How many sentences each engine judged; `words` is none."""
    thresholds: Mapping[str, float]
    """`page` and `ask` of urgency, `unsure` and `lost` of confidence."""
    languages: tuple[Group, ...]
    scripts: tuple[Group, ...]
    total: Figures
    """All sentences."""
    mean: Figures
    """The mean of the languages."""
    mean_trained: Figures
    mean_untaught: Figures
    bars: tuple[Bar, ...]
    did_you_mean: DidYouMean
    confidence: Calibration
    """Of the intent's confidence."""
    urgency: Calibration
    tradeoff: Tradeoff
    confusions: tuple[Confusion, ...]
    matrix: Matrix
    worst: Worst


async def measure(
    sentences: Sequence[Sentence],
    understander: Understander,
    triage: Triage,
    *,
    trained: Collection[str],
    done: Callable[[], None] = lambda: None,
) -> Report:
    """Judge sentences and measure; `trained` are the languages of the training data.

    About 20 ms for a sentence. `done` is called after each.
    """
    judged = await judge(sentences, understander, triage, done=done)
    return report(judged, triage, trained, tuple(understander.tiers))


def report(
    judged: Sequence[Judged], triage: Triage, trained: Collection[str], intents: Sequence[str]
) -> Report:
    """Measure what was judged; `intents` is their order in the confusion matrix."""
    languages = _languages(judged, trained)
    total = figures(judged)
    mean = mean_figures([group.figures for group in languages])
    return Report(
        engines=dict(sorted(Counter(j.understanding.engine for j in judged).items())),
        thresholds={
            "page": triage.page,
            "ask": triage.ask,
            "unsure": triage.unsure,
            "lost": triage.lost,
        },
        languages=languages,
        scripts=_scripts(judged, trained),
        total=total,
        mean=mean,
        mean_trained=mean_figures([g.figures for g in languages if g.trained]),
        mean_untaught=mean_figures([g.figures for g in languages if not g.trained]),
        bars=bars(total, mean, [(g.language, g.trained, g.figures) for g in languages]),
        did_you_mean=did_you_mean(judged, triage),
        confidence=of_confidence(judged),
        urgency=of_urgency(judged),
        tradeoff=tradeoff(judged, page=triage.page, ask=triage.ask),
        confusions=confusions(judged),
        matrix=matrix(judged, intents),
        worst=worst(judged),
    )


def trained_languages(folder: Path) -> frozenset[str]:
    """The languages that the export below `nlu/` was trained on, as its card says.

    Raises ExportError if the card can't be read.
    """
    path = folder / CARD
    try:
        return frozenset(json.loads(path.read_text(encoding="utf-8"))["sentences"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExportError(f"{path} can't be read ({type(error).__name__})") from error


def _languages(judged: Sequence[Judged], trained: Collection[str]) -> tuple[Group, ...]:
    parts: dict[str, list[Judged]] = {}
    for j in judged:
        parts.setdefault(j.sentence.language, []).append(j)
    # The trained ones first: what is below the line is a bonus.
    order = sorted(parts, key=lambda code: (code not in trained, code))
    return tuple(
        Group(code, None, romanised=False, trained=code in trained, figures=figures(parts[code]))
        for code in order
    )


def _scripts(judged: Sequence[Judged], trained: Collection[str]) -> tuple[Group, ...]:
    parts: dict[tuple[str, str], list[Judged]] = {}
    for j in judged:
        script = script_of(j.sentence.text) or "none"
        parts.setdefault((j.sentence.language, script), []).append(j)
    found = [
        Group(
            code,
            script,
            romanised=script == "latin" and not _is_latin(code),
            trained=code in trained,
            figures=figures(group),
        )
        for (code, script), group in parts.items()
    ]
    # In each language the script that most is written in comes first.
    order = sorted(found, key=lambda g: (not g.trained, g.language, -g.figures.n, g.script))
    return tuple(order)


def _is_latin(language: str) -> bool:
    """Whether Unicode's CLDR says that the language is commonly written in Latin letters."""
    likely: Mapping[str, str] = get_global("likely_subtags")
    return "_Latn" in likely.get(language, "")
