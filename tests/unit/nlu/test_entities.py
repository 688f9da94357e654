"""Places, nationalities and numbers are found as people write them, at the right offsets."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.entities import LONGEST, Gazetteer, GazetteerError
from bot.settings import ROOT

FILES = ROOT / "nlu" / "entities"
GAZETTEER = Gazetteer.load(FILES)


def _found(text: str, *kinds: str) -> list[tuple[str, str]]:
    found = [(entity.kind, entity.value) for entity in GAZETTEER.find(text)]
    return [item for item in found if not kinds or item[0] in kinds]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I am Indonesian", "ID"),
        ("saya WNI", "ID"),
        ("kami orang indonesia semua", "ID"),
        ("i'm from the PHILIPPINES", "PH"),
        ("filipina po ako", "PH"),
        ("pinoy here", "PH"),
        ("we are chinese", "CN"),
        ("orang cina", "CN"),
        ("teman saya orang nepal", "NP"),
        ("I'm a nigerian", "NG"),
        ("naija", "NG"),
        ("dari Pantai Gading", "CI"),
        ("from Côte d’Ivoire", "CI"),
        ("from Cote d'Ivoire", "CI"),
        ("South Sudan", "SS"),
        ("the US embassy", "US"),
        ("warga Jerman", "DE"),
        ("Kenyan girl", "KE"),
        ("orang myanmar", "MM"),
        ("vietnam", "VN"),
        ("warga negara Korea Selatan", "KR"),
        ("我是中国人", "CN"),
        ("在缅甸被卖的", "MM"),
        ("馬來西亞來的", "MY"),
        ("मैं भारतीय हूँ", "IN"),
        ("bharatiya dutavas", "IN"),
        ("desi log", "IN"),
        ("میں پاکستانی ہوں", "PK"),
        ("আমি বাংলাদেশি", "BD"),
        ("বাংলাদেশের এম্বাসি", "BD"),
        ("म नेपाली हुँ", "NP"),
        ("नेपालमा फर्किन", "NP"),
        ("नेपालीहरूको", "NP"),
        ("em là người Việt", "VN"),
        ("em la nguoi viet nam", "VN"),
        ("ผมเป็นคนไทยครับ", "TH"),
        ("ကျွန်တော်က မြန်မာပါ", "MM"),
        ("mimi ni Mkenya", "KE"),
        ("ubalozi wa Tanzania", "TZ"),
        ("Waganda", "UG"),
        ("ኢትዮጵያዊት ነኝ", "ET"),
        ("የኢትዮጵያ ኤምባሲ", "ET"),
        ("ሀበሻ ነኝ", "ET"),
        ("je suis camerounaise", "CM"),
        ("Mali", "ML"),
    ],
)
def test_a_country_or_nationality_is_its_code(text: str, code: str) -> None:
    assert _found(text) == [("country", code)]


@pytest.mark.parametrize(
    "text",
    [
        "help us please",
        "HELP US",
        "i am in Cambodia",
        "di kamboja",
        "我在柬埔寨",
        "ฉันอยู่กัมพูชา",
        "so man, listen",
        "my chinese boss took it",
        "中国老板",
        "em đang mang thai",
        "tôi viết đơn",
        "người lao động",
        "Mali ang pangalan ko",
        "xin nói tiếng Việt",
        "พูดภาษาไทยได้ไหม",
        "好多哥们",
        "上海地铁",
        "ma bimar chaina",
        "बगीचे का माली",
        "مالی مدد",
        "matha gujar thai nai",
        "walang gana kumain",
    ],
)
def test_other_words_are_no_countries(text: str) -> None:
    assert _found(text, "country") == []


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("im in sihanouk ville", "Sihanoukville"),
        ("di sihanukville", "Sihanoukville"),
        ("我在西港", "Sihanoukville"),
        ("near pnom penh", "Phnom Penh"),
        ("Poi Pet border", "Poipet"),
        ("O'Smach", "O'Smach"),
        ("bavet", "Bavet"),
        ("siam reap", "Siem Reap"),
        ("นี่ปอยเปตค่ะ", "Poipet"),
        ("Poipetที่ตึกเก่า", "Poipet"),
        ("ဖနွမ်းပင်မှာပါ", "Phnom Penh"),
        ("नोम पेन्ह में", "Phnom Penh"),
        ("পয়পেটে আছি", "Poipet"),
        ("ہم سیہانوک ویل میں ہیں", "Sihanoukville"),
        ("ከፕኖም ፔን", "Phnom Penh"),
        ("ở Nam Vang", "Phnom Penh"),
        ("from Mae Sot", "Mae Sot"),
    ],
)
def test_a_town_is_found_in_its_usual_misspellings(text: str, town: str) -> None:
    assert _found(text) == [("city", town)]


def test_border_places_are_no_towns_of_cambodia() -> None:
    border = yaml.safe_load((FILES / "border_places.yml").read_text(encoding="utf-8"))
    towns = yaml.safe_load((FILES / "towns.yml").read_text(encoding="utf-8"))
    assert not set(border) & set(towns)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("call 012 345 678", "+85512345678"),
        ("wa +62 812-3456-7890 ya", "+6281234567890"),
        ("+855 97 123 4567", "+855971234567"),
        ("০১২ ৩৪৫ ৬৭৮", "+85512345678"),
        ("०१२ ३४५ ६७८", "+85512345678"),
        ("၀၁၂၃၄၅၆၇၈", "+85512345678"),
        ("٠١٢ ٣٤٥ ٦٧٨", "+85512345678"),
        ("โทร ๐๑๒-๓๔๕-๖๗๘", "+85512345678"),
    ],
)
def test_a_phone_number_is_e164(text: str, number: str) -> None:
    assert _found(text, "phone") == [("phone", number)]


@pytest.mark.parametrize(
    "text",
    [
        "passport no 012345678",
        "护照 012345678",
        "I paid 12345678 riel",
        "12345678",
        "$ 012345678",
        "12/05/2025",
        "2025-05-12 09:30",
        "KTP 3174012345678901",
    ],
)
def test_an_id_a_sum_or_a_date_is_no_phone_number(text: str) -> None:
    assert _found(text, "phone") == []


def test_offsets_are_code_points_of_the_text() -> None:
    text = "😭😭 I'm in Phnom  Penh, from Nepal, we are ১২ people, +85512345678, 5 May"
    named = {text[entity.start : entity.end] for entity in GAZETTEER.find(text)}
    assert named == {"Phnom  Penh", "Nepal", "১২", "+85512345678", "5 May"}


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=400))
def test_no_text_breaks_the_finder(text: str) -> None:
    for entity in GAZETTEER.find(text):
        assert 0 <= entity.start < entity.end <= len(text)


def test_a_very_long_text_takes_no_long_time() -> None:
    started = time.process_time()
    for text in (
        "1" * 100_000,
        "012 345 678 " * 10_000,
        "(" * LONGEST,
        "မ" * 10_000,
        "we are 5 " * 9999,
    ):
        GAZETTEER.find(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        "we are 9 people from Nepal in Bavet, they will sell us tomorrow, +855 12 345 678, 12 May ",
        "ကျွန်တော်တို့ ၆ ယောက် ပွိုက်ပက်မှာ ပိတ်လှောင်ခံထားရတယ် မြန်မာသံရုံးကို ဆက်သွယ်ပေးပါ ",
        "我们五个中国人被关在西港园区里，老板说明天要把我们卖到缅甸妙瓦底，请帮帮我们，电话012345678",
    ],
)
def test_a_long_message_costs_no_more_than_its_length(text: str) -> None:
    def cost(times: int) -> float:
        taken = []
        for _ in range(7):
            started = time.process_time()
            GAZETTEER.find(text * times)
            taken.append(time.process_time() - started)
        return min(taken)

    assert cost(16) < cost(2) * 8 * 3


def test_every_country_with_a_name_in_cldr_is_known() -> None:
    for name, code in (
        ("Kyrgyzstan", "KG"),
        ("Timor-Leste", "TL"),
        ("Eswatini", "SZ"),
        ("Yunani", "GR"),
        ("केन्या", "KE"),
        ("Ufilipino", "PH"),
    ):
        assert _found(name) == [("country", code)]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GazetteerError, match=r"countries\.yml"):
        Gazetteer.load(tmp_path)


@pytest.mark.parametrize("name", ["towns", "not_countries", "people", "affixes", "days"])
def test_a_file_that_holds_something_else_is_named(tmp_path: Path, name: str) -> None:
    shutil.copytree(FILES, tmp_path / "entities")
    (tmp_path / "entities" / f"{name}.yml").write_text("xx: {numbers: {2: [two]}}\nyy: 1\n")
    with pytest.raises(GazetteerError, match=rf"{name}\.yml"):
        Gazetteer.load(tmp_path / "entities")
