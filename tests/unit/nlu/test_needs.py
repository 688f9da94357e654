"""Two needs in one message: cut into clauses in every script, the more dangerous leads."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.understanding import Intent, Piece, Tier, Understanding
from bot.domain.weight import DENSE
from bot.nlu import needs
from bot.nlu.needs import Needs
from bot.nlu.understand import Understander
from bot.settings import ROOT
from bot.triage import Thresholds

TIERS = {
    "held_captive": Tier.CRITICAL,
    "detained": Tier.ELEVATED,
    "unpaid_wages": Tier.INFO,
    "visa_overstay": Tier.INFO,
    "greet": Tier.DIALOGUE,
    "deny": Tier.DIALOGUE,
}
TWO = [
    "My boss has not paid me since June. Where can I find my embassy?",
    "my boss has not paid me since june and they keep my passport in the office",
    "my boss has not paid me since june\nthey keep my passport in the office",
    "Bos saya belum membayar gaji sejak Juni dan paspor saya disimpan di kantor",
    "老板三个月没有给我发工资了。我的护照也被公司收走了",
    "老板三个月没有给我发工资了而且我的护照也被公司收走了",
    "मुझे तीन महीने से तनख्वाह नहीं मिली है। मेरा पासपोर्ट कंपनी के पास है",
    "मुझे तीन महीने से तनख्वाह नहीं मिली और मेरा पासपोर्ट कंपनी के पास है",
    "مجھے تین مہینے سے تنخواہ نہیں ملی۔ میرا پاسپورٹ کمپنی کے پاس ہے",
    "مجھے تین مہینے سے تنخواہ نہیں ملی اور میرا پاسپورٹ کمپنی کے پاس ہے",
    "আমি তিন মাস ধরে বেতন পাইনি এবং আমার পাসপোর্ট কোম্পানির কাছে আছে",
    "मलाई तीन महिनादेखि तलब दिएको छैन अनि मेरो राहदानी कम्पनीसँग छ",
    "Tôi chưa được trả lương ba tháng nay và hộ chiếu của tôi bị công ty giữ",
    "ผมไม่ได้รับเงินเดือนมาสามเดือนแล้วและพาสปอร์ตของผมอยู่ที่บริษัท",
    "သုံးလလုံး လစာမရသေးပါဘူး။ ကျွန်တော့်ပတ်စပို့ကို ကုမ္ပဏီက သိမ်းထားတယ်",
    "Tatlong buwan na akong walang sahod tapos hawak ng kumpanya ang pasaporte ko",
    "Sijalipwa mshahara kwa miezi mitatu lakini pasipoti yangu iko kwa kampuni",
    "ለሦስት ወር ደመወዝ አልተከፈለኝም። ፓስፖርቴን ድርጅቱ ይዞብኛል ምን ላድርግ",
    "Je n'ai pas été payé depuis trois mois et mon passeport est chez le patron",
]


@pytest.mark.parametrize("text", TWO)
def test_two_statements_are_two_pieces_in_every_language(text: str) -> None:
    assert len(needs.split(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "help. please. fast.",
        "where is my embassy and its phone",
        "My passport and my phone and my money and my bag are in the office of the boss",
        "... !!! ???",
    ],
)
def test_a_short_text_or_a_list_of_things_is_one_piece(text: str) -> None:
    assert needs.split(text) == ()


def test_what_says_too_little_stays_with_its_neighbour() -> None:
    pieces = needs.split("Hello sir. My boss has not paid me since June. Where is my embassy? Pls")
    assert pieces == ("Hello sir My boss has not paid me since June", "Where is my embassy Pls")


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=400))
def test_any_text_is_cut_into_few_pieces(text: str) -> None:
    pieces = needs.split(text)
    assert len(pieces) in {0, *range(2, needs.MOST + 1)}
    assert all(len(piece) >= needs.CLOSING / DENSE for piece in pieces)


def test_a_book_is_cut_in_no_time_and_its_longest_pieces_are_kept() -> None:
    pieces = needs.split("a b c. " * 100_000)
    assert len(pieces) <= needs.MOST
    long = "the third one is the longest of all of these sentences"
    assert long in needs.split(". ".join(["one short sentence here"] * 8 + [long] + ["x y"] * 9))


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("I want to go home to Kenya, which papers do I need. He rapes me.", "He rapes me"),
        ("我的护照被公司收走了，我想回国要办什么手续。他打我。", "他打我"),
        (
            "My boss did not pay me. My visa is over now. Where is the embassy? They beat me",
            "Where is the embassy They beat me",
        ),
    ],
)
def test_how_a_message_ends_is_always_judged(text: str, last: str) -> None:
    pieces = needs.split(text)
    assert pieces[-1] == last
    assert len(pieces) <= needs.MOST


def _message(whole: str, confidence: float, *pieces: tuple[str, float]) -> Understanding:
    judged = tuple(Piece(Intent(name, sure), 0.0) for name, sure in pieces)
    return Understanding(Intent(whole, confidence), pieces=judged)


@pytest.mark.parametrize(
    ("understanding", "lead", "also"),
    [
        (_message("unpaid_wages", 0.9), "unpaid_wages", None),
        (
            _message("unpaid_wages", 0.9, ("unpaid_wages", 0.9), ("visa_overstay", 0.8)),
            "unpaid_wages",
            "visa_overstay",
        ),
        (  # the more dangerous leads
            _message("unpaid_wages", 0.9, ("unpaid_wages", 0.9), ("held_captive", 0.8)),
            "held_captive",
            "unpaid_wages",
        ),
        (  # only when it is sure
            _message("unpaid_wages", 0.9, ("unpaid_wages", 0.9), ("held_captive", 0.59)),
            "unpaid_wages",
            None,
        ),
        (  # what blurs in the whole is clear in the pieces
            _message("greet", 0.3, ("visa_overstay", 0.7), ("detained", 0.7)),
            "detained",
            "visa_overstay",
        ),
        (  # a whole that is unsure does not stand before a clause that is clear
            _message("detained", 0.3, ("visa_overstay", 0.7), ("greet", 0.7)),
            "visa_overstay",
            None,
        ),
        (  # small talk is no need
            _message("unpaid_wages", 0.9, ("greet", 0.99), ("deny", 0.99)),
            "unpaid_wages",
            None,
        ),
        (_message("greet", 0.9, ("greet", 0.99), ("unpaid_wages", 0.8)), "unpaid_wages", None),
        (  # one need in two sentences is one
            _message("unpaid_wages", 0.9, ("unpaid_wages", 0.9), ("unpaid_wages", 0.8)),
            "unpaid_wages",
            None,
        ),
        (  # an intent that no tier knows
            _message("new", 0.9, ("newer", 0.9)),
            "new",
            None,
        ),
    ],
)
def test_the_more_dangerous_need_leads_and_the_other_is_offered(
    understanding: Understanding, lead: str, also: str | None
) -> None:
    found = needs.weigh(understanding, TIERS, bar=0.6, unsure=0.4)
    assert (found.lead.name, found.also) == (lead, also)


@pytest.mark.parametrize(
    ("confidence", "lead", "also"), [(0.4, "greet", "detained"), (0.39, "detained", "unpaid_wages")]
)
def test_what_goes_first_is_led_by_no_clause_and_the_clause_is_offered(
    confidence: float, lead: str, also: str
) -> None:
    message = _message("greet", confidence, ("unpaid_wages", 0.8), ("detained", 0.9))
    found = needs.weigh(message, TIERS, bar=0.6, unsure=0.4, first={"greet"})
    assert (found.lead.name, found.also) == (lead, also)


SHARE = st.floats(0, 1)
NAMES = st.sampled_from([*TIERS, "new"])


@given(NAMES, SHARE, st.lists(st.tuples(NAMES, SHARE), max_size=3), SHARE, SHARE)
def test_what_is_offered_is_another_need_and_nothing_more_dangerous_is_left_behind(
    whole: str, confidence: float, pieces: list[tuple[str, float]], bar: float, unsure: float
) -> None:
    message = _message(whole, confidence, *pieces)
    found = needs.weigh(message, TIERS, bar=bar, unsure=unsure)
    assert isinstance(found, Needs)
    assert found.also != found.lead.name
    if found.also is not None:
        assert TIERS.get(found.also, Tier.DIALOGUE) is not Tier.DIALOGUE
    rank = [Tier.DIALOGUE, Tier.INFO, Tier.ELEVATED, Tier.CRITICAL]
    lead = rank.index(TIERS.get(found.lead.name, Tier.DIALOGUE))
    for name, sure in pieces:
        assert sure < bar or rank.index(TIERS.get(name, Tier.DIALOGUE)) <= lead


MOST_OFFERED = 0.07
"""Share of messages with one need for which a second may be offered, as one more button: 5 of a
hundred, and a margin for chance, whose standard error on 271 messages is 1.3 of a hundred."""


async def test_who_has_one_need_is_rarely_offered_another() -> None:
    understander = Understander.load(ROOT / "nlu")
    lines = Thresholds(**understander.thresholds)
    single = cut = offered = 0
    for language in ("en", "id"):
        path = ROOT / "tests" / "nlu" / "development" / f"{language}.yml"
        for sentence in yaml.safe_load(path.read_text(encoding="utf-8"))["sentences"]:
            single += len(sentence["intents"]) == 1
            if len(sentence["intents"]) != 1 or not needs.split(sentence["text"]):
                continue
            understood = await understander.understand(sentence["text"])
            cut += bool(understood.pieces)
            found = needs.weigh(
                understood, understander.tiers, bar=lines.second, unsure=lines.unsure
            )
            offered += found.also is not None
    await understander.close()
    assert cut > 20, "no export: nothing was judged"
    assert offered / single <= MOST_OFFERED
