"""Dates that are written out are ISO 8601; relative words stay words; nothing needs a clock."""

from __future__ import annotations

import pytest

from bot.nlu.entities import Gazetteer
from bot.settings import ROOT

GAZETTEER = Gazetteer.load(ROOT / "nlu" / "entities")


def _dates(text: str) -> list[str]:
    return [entity.value for entity in GAZETTEER.find(text) if entity.kind == "date"]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("on 12/05/2025", "2025-05-12"),
        ("12/25/2025", "2025-12-25"),
        ("12.05.25", "2025-05-12"),
        ("2025-05-12", "2025-05-12"),
        ("12 May", "--05-12"),
        ("May 12th, 2025", "2025-05-12"),
        ("tanggal 5 Maret 2026", "2026-03-05"),
        ("5 mars", "--03-05"),
        ("le 1er février 2026", "2026-02-01"),
        ("ngày 20 tháng 3", "--03-20"),
        ("ngay 20 thang 3 nam 2025", "2025-03-20"),
        ("3月5日", "--03-05"),
        ("2025年3月5号", "2025-03-05"),
        ("5 มีนาคม 2568", "2025-03-05"),
        ("မတ်လ ၅ ရက်", "--03-05"),
        ("५ मार्च", "--03-05"),
        ("৫ জুন ২০২৫", "2025-06-05"),
        ("نومبر 3", "--11-03"),
        ("tarehe 5 Machi", "--03-05"),
        ("ika-5 ng Mayo", "--05-05"),
        ("29 February", "--02-29"),
        ("they come tonight", "tonight"),
        ("nanti malam", "tonight"),
        ("他们今晚来", "tonight"),
        ("আজ রাতে", "tonight"),
        ("พรุ่งนี้เช้า", "tomorrow"),
        ("မနက်ဖြန်", "tomorrow"),
        ("kesho asubuhi", "tomorrow"),
        ("ዛሬ", "today"),
        ("aujourd'hui", "today"),
        ("friday morning", "friday"),
        ("hari jumat", "friday"),
        ("सोमवार को", "monday"),
    ],
)
def test_a_date_is_found(text: str, date: str) -> None:
    assert _dates(text) == [date]


@pytest.mark.parametrize(
    "text",
    [
        "30/02/2025",
        "13/13/2025",
        "31 April",
        "24/7",
        "version 1.2.3.4",
        "they may 3",
        "march 5 km",
        "5 may be dead",
        "2 minggu",
        "dalawang linggo",
        "012/05/2025",
        "कल आएंगे",
        "bukas po ba ang embassy",
    ],
)
def test_other_numbers_and_words_are_no_dates(text: str) -> None:
    assert _dates(text) == []
