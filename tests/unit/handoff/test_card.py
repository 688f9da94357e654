from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.content.library import Library, load
from bot.content.voice import Voice
from bot.domain.cases import CaseStatus, Outcome
from bot.domain.messages import Address, Button, InboundMessage, Kind, OutboundMessage
from bot.domain.understanding import Tier
from bot.handoff.desk import Entry
from bot.handoff.rooms import card, transcript
from bot.handoff.rooms.card import CaseView, Menu
from bot.handoff.rooms.transcript import Said
from bot.handoff.rooms.waiting import MOST, WITH_BUTTONS, waiting_list
from bot.settings import ROOT

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
"""21:05 in Phnom Penh."""
WAITING = CaseView(
    number=12,
    status=CaseStatus.WAITING,
    tier="critical",
    reason="violence_now",
    pseudonym="Amber Kite",
    language="id",
    country="ID",
    waiting_since=NOW - timedelta(minutes=7),
)
CLAIMED = replace(
    WAITING,
    status=CaseStatus.CLAIMED,
    waiting_since=None,
    operator="Rina",
    claimed_at=NOW - timedelta(minutes=2),
)
RESOLVED = replace(
    WAITING, status=CaseStatus.RESOLVED, waiting_since=None, outcome=Outcome.SAFE.value
)


@pytest.fixture(scope="module")
def library() -> Library:
    return load(ROOT / "content")


@pytest.fixture(scope="module")
def voice(library: Library) -> Voice:
    return Voice(library, "en", date(2026, 11, 23))


def _payloads(rows: tuple[tuple[Button, ...], ...]) -> list[str]:
    return [button.payload for row in rows for button in row]


def _acts(rows: tuple[tuple[Button, ...], ...]) -> list[str]:
    return [payload.removeprefix("case:12:") for payload in _payloads(rows)]


def test_a_card_says_what_whoever_takes_the_case_has_to_know(voice: Voice) -> None:
    view = replace(WAITING, seen=True, reopened=2, answered=("**Find** my embassy\nmore", "", "b"))
    shown = card.card(view, voice, NOW)
    assert shown.text.splitlines() == [
        "**#12 ‼ critical · waiting**",
        "**Amber Kite**",
        "Why: They hurt me or threaten me",
        "Language: Indonesian",
        "Country: Indonesia",
        "Nobody has taken it. Waiting since 20:58.",
        "Someone has seen it.",
        "Reopened: 2 times",
        "",
        "The line has answered:",
    ]
    assert shown.literal.splitlines() == ["• Find my embassy", "• b"]
    assert shown.silent


def test_a_card_says_who_has_the_case_and_how_it_ended(voice: Voice) -> None:
    assert "Rina has it, since 21:03." in card.card(CLAIMED, voice, NOW).text
    assert "How it ended: In safety" in card.card(RESOLVED, voice, NOW).text
    before = replace(CLAIMED, claimed_at=NOW - timedelta(days=1))
    assert "since Nov 22, 21:05." in card.card(before, voice, NOW).text


def test_a_card_names_three_answers_and_cuts_them(voice: Voice) -> None:
    view = replace(WAITING, answered=tuple(f"{number} {'x' * 200}" for number in range(5)))
    lines = card.card(view, voice, NOW).literal.splitlines()
    assert [line[2] for line in lines] == ["2", "3", "4"]
    assert all(len(line) <= card.LONGEST_ANSWER + 2 for line in lines)


def test_what_is_not_known_is_said_to_be(voice: Voice) -> None:
    text = card.card(replace(WAITING, language=None, country=None), voice, NOW).text
    assert "Language: not known yet" in text
    assert "Country: not known yet" in text


def test_tiers_are_told_apart_without_colours(voice: Voice) -> None:
    marks = {card.mark(tier.value) for tier in Tier}
    assert marks == {"‼", "!", "·"}
    assert {card.tier(tier.value, voice) for tier in Tier} == {"critical", "elevated", "ordinary"}


def test_a_reason_is_told_in_words_whatever_it_is(voice: Voice) -> None:
    assert card.why("being_sold", voice) == "They want to move me elsewhere"
    assert card.why("pattern_human_handoff", voice) == "Asked for a person"
    assert card.why("never_heard_of", voice) == "never heard of"
    assert card.why("urgency, flood", voice) == "Sounds urgent (one of very many just now)"


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("menu", list(Menu))
@pytest.mark.parametrize("view", [WAITING, CLAIMED, RESOLVED, replace(CLAIMED, blocked=True)])
def test_every_card_of_every_language_fits(
    library: Library, language: str, menu: Menu, view: CaseView
) -> None:
    voice = Voice(library, language, date(2026, 11, 23))
    whole = replace(view, operator=view.operator and "R" * 300, answered=("a" * 4000,) * 3)
    people = [(f"{number:032x}", "N" * 300) for number in range(30)]
    shown = card.card(whole, voice, NOW, menu=menu, people=people)
    assert len(shown.text) + len(shown.literal) < 2000
    assert voice.say("no_answer") not in shown.text
    for row in shown.buttons:
        assert 1 <= len(row) <= 2
        for button in row:
            assert button.title
            assert button.title != voice.say("no_answer")
            assert len(button.payload.encode()) <= 64


def test_buttons_are_those_of_the_status(voice: Voice) -> None:
    assert _acts(card.buttons(WAITING, voice)) == ["take", "seen", "hand", "down", "more"]
    elevated = replace(WAITING, tier="elevated")
    assert "up" in _acts(card.buttons(elevated, voice))
    assert _acts(card.buttons(CLAIMED, voice)) == ["release", "hand", "down", "resolve", "more"]
    assert _acts(card.buttons(RESOLVED, voice)) == ["reopen", "block"]
    blocked = replace(RESOLVED, blocked=True)
    assert _acts(card.buttons(blocked, voice)) == ["reopen", "unblock"]


def test_menus_lead_on_and_back(voice: Voice) -> None:
    people = [("ab" * 16, "Rina"), ("cd" * 16, "Somebody with a long name")]
    hand = card.buttons(WAITING, voice, menu=Menu.HAND, people=people)
    assert _acts(hand) == [f"hand:{'ab' * 16}", f"hand:{'cd' * 16}", "back"]
    ends = _acts(card.buttons(CLAIMED, voice, menu=Menu.RESOLVE))
    assert ends[-1] == "back"
    assert set(ends[:-1]) == {f"resolve:{end.value}" for end in Outcome} - {"resolve:erased"}
    assert _acts(card.buttons(CLAIMED, voice, menu=Menu.MORE)) == ["takeover", "block", "back"]


def test_short_buttons_stand_two_in_a_row_and_long_ones_alone() -> None:
    titles = ["a", "b", "c", "long long long long", "d", "e"]
    rows = card.rows([Button(title, title) for title in titles])
    assert [[button.title for button in row] for row in rows] == [
        ["a", "b"],
        ["c"],
        ["long long long long"],
        ["d", "e"],
    ]


def test_a_call_has_buttons_only_while_nobody_has_the_case(voice: Voice) -> None:
    assert _acts(card.page_buttons(WAITING, voice)) == ["take", "seen"]
    assert card.page_buttons(CLAIMED, voice) == ()


def test_the_room_is_named_by_how_the_case_stands() -> None:
    assert card.title(WAITING) == "#12 ‼ Amber Kite · id"
    assert card.title(CLAIMED) == "#12 ‼ Amber Kite · id · Rina"
    assert card.title(RESOLVED) == "#12 ✓ Amber Kite · id"
    assert card.title(replace(WAITING, tier="elevated", language=None)) == "#12 ! Amber Kite"
    long = replace(CLAIMED, number=10**17, pseudonym="Turquoise Kingfisher", operator="R\n*" * 99)
    assert len(card.title(long)) <= card.LONGEST_TITLE
    assert "\n" not in card.title(long)


def test_waits_are_told_in_minutes_and_then_in_hours(voice: Voice) -> None:
    told = [card.span(NOW - timedelta(minutes=many), NOW, voice) for many in (-3, 0, 119, 120, 200)]
    assert told == ["0 min", "0 min", "119 min", "2 h", "3 h"]


def _many(critical: int, elevated: int) -> list[CaseView]:
    tiers = ["critical"] * critical + ["elevated"] * elevated
    return [
        replace(WAITING, number=number, tier=tier, seen=number == 2)
        for number, tier in enumerate(tiers, 1)
    ]


def _lines(entry: Entry | None) -> list[str]:
    assert entry is not None
    assert not entry.silent
    assert len(entry.text) < 4000
    return entry.text.splitlines()


def test_a_list_shows_what_waits_in_order_with_buttons_for_the_first(voice: Voice) -> None:
    entry = waiting_list(_many(2, 1), [], voice, NOW)
    assert _lines(entry) == [
        "**3 cases wait**",
        "‼ #1 Amber Kite · Indonesian · They hurt me or threaten me · 7 min",
        "‼ #2 Amber Kite · Indonesian · They hurt me or threaten me · 7 min · seen",
        "! #3 Amber Kite · Indonesian · They hurt me or threaten me · 7 min",
    ]
    assert entry is not None
    assert _payloads(entry.buttons)[:4] == [
        "case:1:take",
        "case:1:seen",
        "case:2:take",
        "case:2:seen",
    ]


def test_a_long_list_ends_in_a_number(voice: Voice) -> None:
    entry = waiting_list(_many(2, 53), [], voice, NOW)
    lines = _lines(entry)
    assert len(lines) == MOST + 2
    assert lines[-1] == "and 40 more"
    assert entry is not None
    assert len(entry.buttons) == WITH_BUTTONS


def test_critical_cases_are_always_in_the_list(voice: Voice) -> None:
    lines = _lines(waiting_list(_many(25, 30), [], voice, NOW))
    assert sum(line.startswith("‼") for line in lines) == 25
    assert lines[-1] == "and 30 more"
    flood = _lines(waiting_list(_many(200, 0), [], voice, NOW))
    assert flood[-1] == "and 160 more"


def test_a_list_of_nothing_is_none_and_own_cases_come_first(voice: Voice) -> None:
    assert waiting_list([], [], voice, NOW) is None
    own = replace(CLAIMED, unanswered_since=NOW - timedelta(minutes=4))
    lines = _lines(waiting_list(_many(1, 0), [own], voice, NOW))
    assert lines[0] == "**#12 Amber Kite** waits for your answer: 4 min"
    assert lines[1] == "**1 case waits**"


def _message(kind: Kind, text: str = "", **more: object) -> InboundMessage:
    return InboundMessage(Address("telegram", "1"), "1", kind, text, **more)  # type: ignore[arg-type]


def test_the_words_of_people_are_shown_as_they_are(voice: Voice) -> None:
    text = "**not bold** <b>not a tag</b>\n- no list"
    assert transcript.contact_said(_message(Kind.TEXT, text), voice) == text


def test_all_else_is_named(voice: Voice) -> None:
    place = _message(Kind.LOCATION, attachment={"latitude": "11.5564", "longitude": "104.9282"})
    said = transcript.contact_said(place, voice)
    assert said.startswith(
        "location: 11.55640, 104.92820\nhttps://www.openstreetmap.org/?mlat=11.55640"
    )
    strange = _message(Kind.LOCATION, attachment={"latitude": "<script>"})
    assert transcript.contact_said(strange, voice).startswith("location: ?, ?")
    friend = _message(Kind.CONTACT, attachment={"phone_number": "+85512000000"})
    assert transcript.contact_said(friend, voice) == "contact card: +85512000000"
    assert transcript.contact_said(_message(Kind.PHOTO, "the gate"), voice) == "(photo) the gate"
    assert transcript.contact_said(_message(Kind.VOICE), voice) == "(voice message)"
    assert transcript.contact_said(_message(Kind.COMMAND, command="human"), voice) == "/human"


def test_every_kind_has_a_name(library: Library) -> None:
    for language, kind in (
        (language, kind) for language in ("en", "id") for kind in transcript.MEDIA
    ):
        voice = Voice(library, language, date(2026, 11, 23))
        said = transcript.contact_said(_message(kind), voice)
        assert voice.say("no_answer") not in said


def test_a_pressed_button_is_shown_by_its_title(voice: Voice) -> None:
    earlier = [
        OutboundMessage("?", ((Button("Old", "/yes"), Button("No", "/no")),)),
        OutboundMessage("?", ((Button("Yes, now", "/yes"),),)),
    ]
    pressed = _message(Kind.BUTTON, payload="/yes")
    assert transcript.contact_said(pressed, voice, earlier) == "▸ Yes, now"
    assert transcript.contact_said(pressed, voice) == "▸ /yes"


def test_a_history_names_who_said_what_and_cuts_what_the_line_said() -> None:
    reply = transcript.line_said(OutboundMessage(f"**Hello.**\n\n{'x' * 500}"))
    assert reply.startswith("Hello. xxx")
    assert len(reply) == transcript.LONGEST_REPLY
    assert transcript.history([Said("Contact", "a"), Said("Line", "b")]) == "Contact: a\nLine: b"


def test_outcomes_and_tiers_have_words_in_both_languages(library: Library) -> None:
    keys = [f"desk_outcome_{end.value}" for end in Outcome]
    keys += [f"desk_status_{status.value}" for status in CaseStatus]
    for book in (library.phrases["en"], library.phrases["id"]):
        assert not [key for key in keys if key not in book.phrases]
