"""Figures are what they are said to be: counted by hand here."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.understanding import Decision
from bot.nlu.evaluate.calibration import calibration, tradeoff
from bot.nlu.evaluate.figures import did_you_mean, figures, mean_figures
from bot.nlu.evaluate.measure import report
from bot.nlu.evaluate.mistakes import confusions, matrix, worst
from bot.nlu.evaluate.shares import NOTHING, mean, share
from tests.unit.nlu.judgements import INTENTS, judged, triage

PAGE, ASK, NONE = Decision.PAGE, Decision.ASK, Decision.NONE


@given(st.integers(1, 400), st.data())
def test_bounds_are_wilsons(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    found = share([True] * hits + [False] * (of - hits))
    p, z = hits / of, 1.959963984540054
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    assert found.value == p
    assert found.low == pytest.approx(middle - half, abs=1e-9)
    assert found.high == pytest.approx(middle + half, abs=1e-9)
    assert (found.hits, found.of) == (hits, of)


def test_nothing_to_count_is_no_share() -> None:
    assert share([]) is NOTHING
    assert math.isnan(NOTHING.value)
    assert mean([NOTHING]) is NOTHING


def test_in_a_mean_small_groups_weigh_as_much_as_large_ones() -> None:
    small, large = share([True, False]), share([True] * 100)
    found = mean([small, large, NOTHING])
    assert found.value == 0.75
    assert (found.hits, found.of) == (101, 102)
    below = math.sqrt((0.5 - small.low) ** 2 + (1 - large.low) ** 2) / 2
    above = math.sqrt((small.high - 0.5) ** 2 + (large.high - 1) ** 2) / 2
    assert found.low == pytest.approx(0.75 - below)
    assert found.high == pytest.approx(0.75 + above)


def test_an_acceptable_intent_is_right_and_counts_as_the_first() -> None:
    found = figures([judged("greet thanks", "thanks"), judged("thanks", "greet")])
    assert found.accuracy.value == 0.5
    # greet: once expected, twice guessed; thanks: once expected, never guessed.
    assert found.macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_an_intent_that_nothing_expects_is_no_part_of_f1() -> None:
    found = figures([judged("greet", "greet"), judged("greet", "detained")])
    assert found.macro_f1 == pytest.approx(2 / 3)


def test_recall_and_false_alarms_are_of_the_whole_judgement() -> None:
    found = figures(
        [
            *(judged("greet", "greet", urgent=True, decision=d) for d in (PAGE, PAGE, ASK, NONE)),
            *(judged("greet", "greet", decision=d) for d in (PAGE, ASK, NONE, NONE, NONE)),
        ]
    )
    assert (found.urgent_paged.hits, found.urgent_paged.of) == (2, 4)
    assert (found.urgent_paged_or_asked.hits, found.urgent_paged_or_asked.of) == (3, 4)
    assert (found.calm_paged.hits, found.calm_paged.of) == (1, 5)
    assert (found.calm_paged_or_asked.hits, found.calm_paged_or_asked.of) == (2, 5)


def test_a_language_that_is_not_told_is_not_recognised() -> None:
    told = ("en", "id", None)
    found = figures([judged("greet", "greet", recognised=code) for code in told])
    assert found.language.hits == 1


def test_the_top_three_may_hold_the_truth() -> None:
    # The ranking is the guess, then greet, thanks, held_captive, detained.
    found = figures([judged("thanks", "detained"), judged("held_captive", "detained")])
    assert (found.accuracy.hits, found.among_top.hits) == (0, 1)


def test_the_band_of_did_you_mean_lies_between_lost_and_unsure() -> None:
    lines = triage(unsure=0.4, lost=0.2)
    band = did_you_mean(
        [
            judged("greet", "greet", confidence=0.19),
            judged("greet", "greet", confidence=0.2),
            judged("thanks", "detained", confidence=0.3),
            judged("greet", "greet", confidence=0.4),
            judged("greet", "thanks", confidence=0.9),
        ],
        lines,
    )
    assert (band.lost.hits, band.lost.of) == (1, 5)
    assert (band.asked.hits, band.asked.of) == (2, 5)
    assert (band.needed.hits, band.needed.of) == (1, 2)
    assert (band.offers_truth.hits, band.offers_truth.of) == (2, 2)
    assert (band.right_when_sure.hits, band.right_when_sure.of) == (1, 2)


def test_bins_compare_what_was_promised_with_what_was_true() -> None:
    found = calibration([0.1, 0.15, 0.95, 0.0, 1.0], [False, True, True, False, False])
    assert [b.low for b in found.bins] == pytest.approx([0.0, 0.1, 0.9])
    assert [b.high for b in found.bins] == pytest.approx([0.1, 0.2, 1.0])
    assert [b.true.of for b in found.bins] == [2, 1, 2]
    assert [b.promised for b in found.bins] == pytest.approx([0.05, 0.15, 0.975])
    assert [b.true.hits for b in found.bins] == [0, 1, 1]
    assert found.error == pytest.approx((2 * 0.05 + 0.85 + 2 * 0.475) / 5)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_every_probability_lies_in_its_bin(pairs: list[tuple[float, bool]]) -> None:
    found = calibration([p for p, _ in pairs], [t for _, t in pairs])
    assert sum(b.true.of for b in found.bins) == len(pairs)
    assert all(b.low - 1e-9 <= b.promised <= b.high + 1e-9 for b in found.bins)
    assert 0 <= found.error <= 1


def test_the_tradeoff_marks_the_chosen_thresholds() -> None:
    scores = ((True, 0.9), (True, 0.3), (False, 0.6), (False, 0.1))
    found = tradeoff(
        [judged("greet", "greet", urgent=u, urgency=s) for u, s in scores], page=0.6, ask=0.2
    )
    assert found.page is not None
    assert found.ask is not None
    assert (found.page.recall, found.page.false_alarms) == (0.5, 0.5)
    assert (found.ask.recall, found.ask.false_alarms) == (1.0, 0.5)
    assert found.area == 0.75
    assert (found.points[0].recall, found.points[-1].recall) == (0, 1)
    assert all(0 <= point.threshold <= 1 for point in found.points)


def test_without_both_kinds_there_is_no_tradeoff() -> None:
    found = tradeoff([judged("greet", "greet")], page=0.6, ask=0.2)
    assert (found.points, found.page, found.ask) == ((), None, None)


def test_confusions_are_counted_with_the_surest_example() -> None:
    group = [
        judged("greet", "thanks", text="a little", confidence=0.5),
        judged("greet", "thanks", text="very", confidence=0.8),
        judged("detained", "thanks", confidence=0.9),
        judged("greet thanks", "thanks"),
    ]
    first, second = confusions(group)
    assert (first.expected, first.guessed, first.count) == ("greet", "thanks", 2)
    assert first.example.text == "very"
    assert (second.expected, second.count) == ("detained", 1)
    found = matrix(group, INTENTS)
    assert found.intents == ("greet", "thanks", "detained")
    assert found.counts == ((1, 2, 0), (0, 0, 0), (0, 1, 0))


def test_an_intent_that_the_order_does_not_know_has_its_place_in_the_matrix() -> None:
    assert matrix([judged("greet", "new")], INTENTS).intents == ("greet", "new")


def test_the_worst_come_first() -> None:
    found = worst(
        [
            judged("greet", "greet", text="missed 2", urgent=True, urgency=0.15),
            judged("greet", "greet", text="missed 1", urgent=True, urgency=0.01),
            judged("greet", "greet", text="asked", urgent=True, decision=ASK),
            judged("greet", "greet", text="called 2", urgency=0.7, decision=PAGE),
            judged("greet", "greet", text="called 1", urgency=0.9, decision=PAGE),
            judged("greet", "thanks", text="wrong 2", confidence=0.3),
            judged("greet", "thanks", text="wrong 1", confidence=0.8),
        ]
    )
    assert [case.text for case in found.missed] == ["missed 1", "missed 2"]
    assert [case.text for case in found.called] == ["called 1", "called 2"]
    assert [case.text for case in found.wrong] == ["wrong 1", "wrong 2"]


def test_a_language_is_measured_as_a_whole_and_by_script() -> None:
    found = report(
        [
            judged("greet", "greet", language="hi", text="नमस्ते जी"),
            judged("greet", "greet", language="hi", text="आप कैसे हैं"),
            judged("greet", "thanks", language="hi", text="namaste ji"),
            judged("greet", "greet", language="hi", text="🙏"),
            judged("greet", "greet", language="sw", text="habari"),
        ],
        triage(),
        {"hi"},
        INTENTS,
    )
    assert [(g.language, g.trained, g.figures.n) for g in found.languages] == [
        ("hi", True, 4),
        ("sw", False, 1),
    ]
    assert [(g.language, g.script, g.romanised, g.figures.n) for g in found.scripts] == [
        ("hi", "devanagari", False, 2),
        ("hi", "latin", True, 1),
        ("hi", "none", False, 1),
        ("sw", "latin", False, 1),
    ]
    assert found.total.accuracy.value == 0.8
    assert found.mean.accuracy.value == (0.75 + 1) / 2
    assert found.mean_trained.accuracy.value == 0.75
    assert found.mean_untaught.accuracy.value == 1


def test_the_bars_are_met_or_not() -> None:
    group = [judged("greet", "greet", language="hi")] * 17
    group += [judged("greet", "thanks", language="hi")] * 3
    group += [judged("greet", "greet", language="ru")] * 15
    group += [judged("greet", "thanks", language="ru")] * 5
    found = {bar.name: bar for bar in report(group, triage(), {"hi"}, INTENTS).bars}
    assert found["intent, hi (trained)"].met  # 85 %, just
    assert not found["intent, ru (untaught)"].met  # 75 %
    assert not found["intent, mean of languages"].met
    assert found["calm: paged"].met
    assert not found["urgent: paged"].met, "nothing was urgent: that is no proof"


def test_no_groups_have_no_mean() -> None:
    found = mean_figures([])
    assert found.n == 0
    assert math.isnan(found.macro_f1)
