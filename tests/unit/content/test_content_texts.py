"""Promises about what a contact reads: cards, doubts, dates, fallbacks, buttons."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from bot.content.answers import render
from bot.content.directory import Confidence, Directory, Evidence, Mission, Phone, Use
from bot.content.library import Library, load
from bot.domain.events import (
    Answered,
    Choice,
    Event,
    HumanCalled,
    LanguageChanged,
    MissionShown,
    Said,
    SlotValue,
)
from bot.domain.messages import Button
from tests.unit.content.conftest import answer

TODAY = date(2026, 11, 24)
LATER = date(2027, 3, 1)
HUMAN = "/talk_to_human"

KNOWN = Evidence(Confidence.HIGH, date(2026, 11, 23), date(2027, 2, 21))
DOUBTED = dataclasses.replace(KNOWN, confidence=Confidence.LOW)

NEAR = Mission(
    id="xx_near",
    name={"en": "Embassy of Examples", "id": "Kedutaan Contoh"},
    kind="embassy",
    evidence=KNOWN,
    city="Phnom Penh",
    city_country="KH",
    address={"en": "1 Main Street"},
    phones=(
        Phone("+85523217934", (Use.OFFICE,), DOUBTED),
        Phone("+85512813282", (Use.EMERGENCY, Use.WHATSAPP), KNOWN),
    ),
    emails=("desk@example.org",),
    website="https://example.org",
    hours={"en": "working days", "id": "hari kerja"},
    country="ID",
)
FAR = Mission(
    id="xx_far",
    name={"en": "Embassy of Far Away"},
    kind="embassy",
    evidence=dataclasses.replace(DOUBTED, checked_by="desk lead"),
    city="Bangkok",
    city_country="TH",
    country="NP",
    resident=False,
)

CARD_EN = """\
Here are the details that you asked for.

**Embassy of Examples**
Phnom Penh, Cambodia

- Address: 1 Main Street
- Urgent calls, WhatsApp: +855 12 813 282
- Office: +855 23 217 934 (not confirmed)
- E-mail: desk@example.org
- Web: https://example.org
- Hours: working days

From public pages, collected on 23 November 2026. Nobody of ours has called to check."""

CARD_ID = """\
Ini keterangan yang tadi Anda tanyakan.

**Kedutaan Contoh**
Phnom Penh, Kamboja

- Alamat: 1 Main Street
- Panggilan mendesak, WhatsApp: +855 12 813 282
- Kantor: +855 23 217 934 (belum pasti)
- Email: desk@example.org
- Situs: https://example.org
- Jam buka: hari kerja

Dari halaman publik, dikumpulkan pada 23 November 2026. \
Belum ada dari kami yang menelepon untuk memeriksa."""

CARD_FAR = """\
Here are the details that you asked for.

**Embassy of Far Away**
We know of no office of this country in Cambodia. Try this one in Bangkok, Thailand; \
write or call before you travel.

- Phone: we found no number

Not confirmed: check these details before you travel or pay anything. \
Checked by us on 23 November 2026. It may have changed since."""


@pytest.fixture(scope="session")
def missions(library: Library) -> Library:
    """The shipped texts over two invented missions, so that facts may change under the tests."""
    directory = Directory((NEAR, FAR), library.directory.services, library.directory.figures)
    return dataclasses.replace(library, directory=directory)


def said(library: Library, *events: Event, language: str = "en", today: date = TODAY) -> str:
    return "\n---\n".join(message.text for message in render(library, events, language, today))


def buttons(library: Library, *events: Event, language: str = "en") -> list[Button]:
    messages = render(library, events, language, TODAY)
    return [button for row in messages[-1].buttons for button in row]


@pytest.mark.parametrize(("language", "card"), [("en", CARD_EN), ("id", CARD_ID)])
def test_the_card_of_a_mission_reads_like_this(missions: Library, language: str, card: str) -> None:
    assert said(missions, MissionShown("xx_near"), language=language) == card


def test_a_mission_abroad_is_named_as_abroad_and_what_is_missing_as_missing(
    missions: Library,
) -> None:
    assert said(missions, MissionShown("xx_far"), today=LATER) == CARD_FAR


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("today", [TODAY, LATER])
def test_a_doubtful_number_is_never_shown_as_certain(
    library: Library, language: str, today: date
) -> None:
    directory = library.directory
    entries = (*directory.all_missions, *directory.services.values())
    doubtful = {
        phone.international()
        for entry in entries
        for phone in entry.phones
        if phone.evidence.confidence is Confidence.LOW
    }
    events: list[Event] = [MissionShown(mission.id) for mission in directory.all_missions]
    events += [
        Answered(topic, country)
        for topic in sorted(library.topics())
        for country in (None, *directory.countries())
    ]
    mark = {"en": " (not confirmed)", "id": " (belum pasti)"}[language]
    shown = 0
    for event in events:
        text = said(library, event, language=language, today=today)
        for number in doubtful:
            shown += text.count(number)
            assert text.count(number) == text.count(number + mark), (event, number)
    assert shown > len(doubtful), "the test saw no doubtful number"


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_number_past_its_review_carries_its_date(library: Library, language: str) -> None:
    event = Answered("violence_now")
    mark = {"en": "as of 23 November 2026", "id": "per 23 November 2026"}[language]
    # The line of 117 has to be looked at again after 30 days, the text itself after 90.
    assert mark not in said(library, event, language=language, today=date(2026, 12, 23))
    assert mark in said(library, event, language=language, today=date(2026, 12, 24))


def test_a_text_past_its_review_says_so(library: Library) -> None:
    notice = "Collected on 23 November 2026. Some of it may have changed since."
    assert notice not in said(library, Answered("wages_scam"), today=date(2027, 2, 21))
    assert notice in said(library, Answered("wages_scam"), today=date(2027, 2, 22))


def test_a_nationality_gets_its_own_text_and_others_the_general_one(library: Library) -> None:
    assert "SPLP" in said(library, Answered("passport_missing", "ID"))
    assert "SPLP" not in said(library, Answered("passport_missing", "JP"))
    assert "SPLP" not in said(library, Answered("passport_missing"))


def test_a_language_without_a_text_falls_back_to_english(library: Library) -> None:
    assert said(library, Answered("detained"), language="km") == said(library, Answered("detained"))
    assert said(library, Said("no_answer"), language="km") == said(library, Said("no_answer"))


def test_an_unknown_topic_or_mission_still_gets_a_sentence_and_a_human(library: Library) -> None:
    for event in (Answered("nothing"), MissionShown("nobody"), Said("no_such_phrase")):
        assert said(library, event)
        assert buttons(library, event)[-1].payload == HUMAN


def test_what_cannot_be_rendered_gives_way_to_english(tree: Path) -> None:
    broken = answer("id", "{{ services.ambulance.website }}")
    (tree / "answers/medicine/id.md").write_text(broken, encoding="utf-8")
    assert said(load(tree), Answered("medicine"), language="id") == "A doctor: 119."


def test_the_last_message_always_carries_the_button_to_a_human(library: Library) -> None:
    one, two = render(library, [Said("no_answer"), Answered("detained")], "en", TODAY)
    assert one.buttons == ()
    assert two.buttons[-1] == (Button("Talk to a person", HUMAN),)


def test_the_button_to_a_human_is_not_doubled_nor_shown_when_one_was_called(
    library: Library,
) -> None:
    there = Said("no_answer", choices=(Choice(HUMAN, "button_human"),))
    assert [button.payload for button in buttons(library, there)] == [HUMAN]
    assert buttons(library, Said("no_answer"), HumanCalled("asked")) == []
    assert render(library, [HumanCalled("asked")], "en", TODAY) == ()


def test_what_follows_a_change_of_language_is_in_it(library: Library) -> None:
    text = said(library, Said("no_answer"), LanguageChanged("id"), Said("no_answer"))
    assert text == (
        "I have no text about this. A person can answer you.\n---\n"
        "Saya belum punya teks tentang ini. Tim kami bisa menjawab Anda."
    )


def test_machine_text_is_named_once_a_turn_and_not_beside_a_call(library: Library) -> None:
    notice = "disusun oleh mesin"
    two = said(library, Answered("detained"), Answered("legal_rights"), language="id")
    assert two.count(notice) == 1
    assert said(library, Answered("detained")).count("written by a machine") == 1
    danger = (Answered("held_captive"), HumanCalled("danger", urgent=True))
    assert notice not in said(library, *danger, language="id")


@pytest.mark.parametrize(
    ("reviewed", "named"),
    [
        ("machine", True),
        ("human", False),
        ("{by: translator of Indonesian, on: 2026-11-24}", False),
    ],
)
def test_a_text_that_a_person_has_read_is_not_named_as_a_machine_s(
    tree: Path, reviewed: str, *, named: bool
) -> None:
    path = tree / "answers/medicine/id.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("reviewed: machine", f"reviewed: {reviewed}"), encoding="utf-8")
    with (tree / "phrases/id.yml").open("a", encoding="utf-8") as file:
        file.write("  machine_translated: 'ditulis mesin'\n")
    shown = said(load(tree), Answered("medicine"), language="id")
    assert shown.endswith("ditulis mesin") == named


def test_the_general_text_of_a_language_comes_before_the_english_one_of_a_country(
    tree: Path,
) -> None:
    variant = answer("en", "To the Kenyan embassy.", "country: KE\n")
    (tree / "answers/medicine/en.KE.md").write_text(variant, encoding="utf-8")
    library = load(tree)
    assert said(library, Answered("medicine", "KE"), language="id") == "Untuk dokter, 119 ya."
    assert said(library, Answered("medicine", "KE")) == "To the Kenyan embassy."
    own = answer("id", "Ke kedutaan Kenya.", "country: KE\n")
    (tree / "answers/medicine/id.KE.md").write_text(own, encoding="utf-8")
    assert said(load(tree), Answered("medicine", "KE"), language="id") == "Ke kedutaan Kenya."


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        ("ID", "Indonesia"),
        (True, "yes"),
        (3.0, "3"),
        (2.5, "2.5"),
        (None, ""),
        ("a **b**\n`c`\u202e {x}", "a b c {x}"),
        ("x" * 500, "x" * 200),
    ],
)
def test_slots_are_read_out_and_cannot_format(
    library: Library, value: SlotValue, spoken: str
) -> None:
    name = "nationality" if value == "ID" else "value"
    book = library.phrases["en"]
    phrase = dataclasses.replace(book.phrases["no_answer"], text=f"<{{{name}}}>{{{{}}}}")
    phrases = {"en": dataclasses.replace(book, phrases={**book.phrases, "probe": phrase})}
    text = said(dataclasses.replace(library, phrases=phrases), Said("probe", {name: value}))
    assert text == f"<{spoken}>{{}}"


def test_short_buttons_stand_two_in_a_row_and_payloads_once(library: Library) -> None:
    pairs = (("/SetSlots(a=b)", "Yes"), ("/b", "No"), ("/b", "No"), ("/c", "3"))
    choices = tuple(Choice(payload, title=title) for payload, title in pairs)
    (message,) = render(library, [Said("no_answer", choices=choices)], "en", TODAY)
    assert [[button.title for button in row] for row in message.buttons] == [
        ["Yes", "No"],
        ["3"],
        ["Talk to a person"],
    ]


def test_texts_and_titles_stay_out_of_repr(library: Library) -> None:
    (message,) = render(library, [Answered("detained")], "en", TODAY)
    assert "embassy" not in repr(message)
