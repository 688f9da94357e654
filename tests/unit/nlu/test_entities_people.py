"""How many people a message is about is found; ages, days, rooms and sums are not."""

from __future__ import annotations

import pytest

from bot.nlu.entities import Gazetteer
from bot.settings import ROOT

GAZETTEER = Gazetteer.load(ROOT / "nlu" / "entities")


def _people(text: str) -> list[str]:
    return [entity.value for entity in GAZETTEER.find(text) if entity.kind == "people"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("we are 9", "9"),
        ("We're nine Ghanaians", "9"),
        ("there are 12 of us", "12"),
        ("14 Bangladeshi boys in one room", "14"),
        ("kami 6 orang", "6"),
        ("masih di dalam, ber8", "8"),
        ("kami bertiga", "3"),
        ("我们五个人", "5"),
        ("我们12个被关着", "12"),
        ("hum 4 log", "4"),
        ("हम छः जने", "6"),
        ("hm 6 pakistani thy", "6"),
        ("آٹھ لوگ", "8"),
        ("আমরা তিনজন", "3"),
        ("amra 14 jon", "14"),
        ("हामी ५ जना", "5"),
        ("4 người", "4"),
        ("tui em 5 nguoi", "5"),
        ("เรา 3 คน", "3"),
        ("พวกผมสิบสองคน", "12"),
        ("၅ ယောက်", "5"),
        ("ကျွန်တော်တို့ ငါးယောက်", "5"),
        ("8 kami", "8"),
        ("walo kaming Pinoy", "8"),
        ("tuko wanne", "4"),
        ("watu kumi na mbili", "12"),
        ("5 ሰዎች", "5"),
        ("አምስት ነን", "5"),
        ("nous sommes sept", "7"),
        ("on est 5", "5"),
    ],
)
def test_the_number_of_people_is_found(text: str, number: str) -> None:
    assert _people(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "we are 3 days without food",
        "we are 17 years old",
        "we are 17 and 19",
        "we are 100% sure",
        "we are 9:30 at the gate",
        "umur 15 tahun",
        "kami 3 hari belum makan",
        "kami di lantai 5",
        "ada yg moto2 kami",
        "3 jam lagi",
        "hum 2 din se bhookhe hain",
        "500人民币",
        "三人间多少钱",
        "第三个人",
        "我们5个月没工资",
        "คนละ 3 บาท",
        "อายุ 12 ปี",
        "ဘယ်နှစ်ယောက်လဲ",
        "5 năm rồi",
        "nimekaa siku tano",
        "nous sommes 5 mois ici",
        "on est 3 mars",
        "room 604",
        "5000 people",
        "12 345 people",
        "labing-apat kaming bata",
        "একশ বিশজন",
    ],
)
def test_other_numbers_count_no_people(text: str) -> None:
    assert _people(text) == []
