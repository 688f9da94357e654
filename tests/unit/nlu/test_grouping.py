from __future__ import annotations

from functools import cache

import numpy as np

from bot.nlu.embedded import Export
from bot.nlu.grouping import group
from bot.nlu.understand import EXPORT
from bot.settings import ROOT

FINE = ["how much is the fine for an expired visa", "denda visa habis berapa", "签证过期罚款多少"]
TICKET = ["who pays for my flight home", "siapa yang bayar tiket pulang saya"]


@cache
def _export() -> Export:
    return Export.load(ROOT / "nlu" / EXPORT)


def test_questions_that_ask_alike_are_together_whatever_their_language() -> None:
    texts = [FINE[0], TICKET[0], FINE[1], FINE[2], TICKET[1]]
    assert group([_export().meaning(text) for text in texts]) == [0, 1, 0, 0, 1]


def test_what_comes_later_changes_no_group() -> None:
    meanings = [_export().meaning(text) for text in (*FINE, *TICKET)]
    whole = group(meanings)
    for count in range(len(meanings)):
        assert group(meanings[:count]) == whole[:count]


def test_texts_without_a_meaning_are_by_themselves() -> None:
    assert group([np.zeros(4), np.zeros(4)]) == [0, 1]
