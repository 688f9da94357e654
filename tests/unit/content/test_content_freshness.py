"""Promises about facts that nobody has looked at for long, in every language."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from bot.content.answers import render
from bot.content.directory import Directory, Entry, Phone, Service, Use
from bot.content.freshness import WITHHELD_AFTER, fallbacks
from bot.content.library import Library, load
from bot.content.voice import Voice
from bot.domain.events import Answered, Event, MissionShown
from tests.unit.content.conftest import REAL

LANGUAGES = tuple(code for code, _ in load(REAL).offered_languages())
ONE_DAY = timedelta(days=1)
URGENT = date(2026, 12, 23)
"""The last day of the review of numbers that people call in danger."""
OTHERS = date(2027, 2, 21)
"""The last day of the review of all else."""
CARD = MissionShown("id_embassy_phnom_penh")
HOTLINE = "+855 12 813 282"
OFFICE = "+855 23 217 934"
LONGEST = 4096
"""Characters of a message of Telegram."""


def said(library: Library, event: Event, language: str, today: date) -> str:
    (message,) = render(library, [event], language, today)
    return message.text


def fallback_of(library: Library, language: str, today: date) -> str:
    """The words before the numbers, and after them."""
    voice = Voice(library, language, today)
    return voice.say("fallback_numbers", numbers="|").partition("|")[0].strip()


def shows(text: str, number: str) -> bool:
    return re.search(rf"(?<![\d+]){re.escape(number)}(?!\d)", text) is not None


def changed(library: Library, services: Iterable[Service]) -> Library:
    """The library with other services of the same ids."""
    directory = library.directory
    merged = {**directory.services, **{service.id: service for service in services}}
    return dataclasses.replace(library, directory=dataclasses.replace(directory, services=merged))


def reviewed(service: Service, until: date) -> Service:
    phones = tuple(
        dataclasses.replace(phone, evidence=dataclasses.replace(phone.evidence, review_by=until))
        for phone in service.phones
    )
    return dataclasses.replace(service, phones=phones)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", [CARD, Answered("held_captive", "ID")], ids=["card", "answer"])
def test_a_number_in_danger_past_its_review_is_followed_by_the_emergency_numbers(
    library: Library, language: str, event: Event
) -> None:
    phrase = fallback_of(library, language, URGENT)
    assert phrase
    for today in (URGENT - ONE_DAY, URGENT):
        text = said(library, event, language, today)
        assert shows(text, HOTLINE)
        assert phrase not in text
    text = said(library, event, language, URGENT + ONE_DAY)
    assert shows(text, HOTLINE)
    voice = Voice(library, language, URGENT + ONE_DAY)
    before, _, after = text.partition(phrase)
    warning = voice.say("out_of_date_warning", date=voice.day(date(2026, 11, 23)))
    assert warning in before
    # All of them are past their review too: they are shown with their date, there is nothing else.
    for number in ("117", "119"):
        assert shows(after, number)
    assert after.count(warning) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_half_a_year_past_its_review_is_withheld(library: Library, language: str) -> None:
    phrase = fallback_of(library, language, URGENT)
    last = said(library, CARD, language, URGENT + WITHHELD_AFTER)
    assert shows(last, HOTLINE)
    after = said(library, CARD, language, URGENT + timedelta(days=181))
    assert not shows(after, HOTLINE)
    assert shows(after, OFFICE)
    assert phrase in after
    assert shows(after, "117")
    # The office is the last of its numbers to go; then there is none, and the card says so.
    later = OTHERS + timedelta(days=181)
    gone = said(library, CARD, language, later)
    missing = Voice(library, language, later).say("mission_phone_missing")
    assert missing in gone
    assert missing not in after
    assert not shows(gone, OFFICE)
    assert "phnompenh.kbri@kemlu.go.id" in gone
    assert shows(gone, "117")


@pytest.mark.parametrize("language", LANGUAGES)
def test_years_without_a_look_leave_only_the_emergency_numbers_and_every_text_still_reads(
    library: Library, language: str
) -> None:
    directory = library.directory
    today = date(2030, 1, 1)
    kept = {phone.number for _, phone in fallbacks(directory, today)}
    lost = {
        phone.international()
        for entry in (*directory.all_missions, *directory.services.values())
        for phone in entry.phones
        if phone.number not in kept
    }
    nothing = said(library, Answered("nothing"), language, today)
    events: list[Event] = [MissionShown(mission.id) for mission in directory.all_missions]
    events += [
        Answered(topic, country)
        for topic in library.topics()
        for country in (None, "ID", "NP", "CN", "LA")
    ]
    pattern = re.compile(rf"(?<![\d+])({'|'.join(map(re.escape, lost))})(?!\d)")
    for event in events:
        text = said(library, event, language, today)
        assert text != nothing, event
        assert len(text) <= LONGEST
        assert not pattern.search(text), event
    assert shows(said(library, Answered("violence_now"), language, today), "117")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withheld_number_is_named_as_missing_where_a_text_names_it(
    library: Library, language: str
) -> None:
    # The child helpline stands in this text without an `if`.
    today = URGENT + timedelta(days=181)
    text = said(library, Answered("child_at_risk"), language, today)
    assert not shows(text, "1280")
    assert Voice(library, language, today).say("contact_missing") in text
    assert shows(text.partition(fallback_of(library, language, today))[2], "117")


def test_what_is_not_a_number_keeps_its_date_and_stays(library: Library) -> None:
    text = said(library, Answered("visa_overstay"), "en", date(2030, 1, 1))
    assert "10 US dollars for each day (as of 23 November 2026, may have changed)" in text


def test_places_and_sites_past_their_review_carry_their_date(library: Library) -> None:
    for topic, country in (("legal_rights", None), ("medical_help", None), ("visa_overstay", "ID")):
        fresh = said(library, Answered(topic, country), "en", OTHERS)
        text = said(library, Answered(topic, country), "en", OTHERS + ONE_DAY)
        warning = "(as of 23 November 2026, may have changed)"
        for site in re.findall(r"https?://\S+[\w/]", fresh):
            assert f"{site} {warning}" in text
    office = library.directory.services["gdi"].address
    assert office
    assert f"{office['en']} {warning}" in text


def test_a_number_that_was_looked_at_goes_before_one_that_was_not(library: Library) -> None:
    mission = library.directory.mission("id_embassy_phnom_penh")
    assert mission
    old, fresh, *rest = mission.phones
    fresh = dataclasses.replace(
        fresh, evidence=dataclasses.replace(fresh.evidence, review_by=date(2028, 1, 1))
    )
    looked_at = dataclasses.replace(mission, phones=(old, fresh, *rest))
    missions = tuple(
        looked_at if found is mission else found for found in library.directory.all_missions
    )
    directory = dataclasses.replace(library.directory, all_missions=missions)
    mended = dataclasses.replace(library, directory=directory)
    text = said(mended, Answered("held_captive", "ID"), "en", URGENT + ONE_DAY)
    assert shows(text, fresh.international())
    assert not shows(text, HOTLINE)
    assert fallback_of(mended, "en", URGENT) not in text


@pytest.mark.parametrize("event", [CARD, Answered("held_captive", "ID")], ids=["card", "answer"])
def test_a_number_among_words_from_right_to_left_keeps_its_order(
    library: Library, event: Event
) -> None:
    """Without the mark the groups are shown, and dialled, as 282 813 12 855 (UAX #9)."""
    assert f"\u200e{HOTLINE}" in said(library, event, "ur", URGENT)
    assert "\u200e" not in said(library, event, "th", URGENT)


def test_the_freshest_emergency_number_comes_first(library: Library) -> None:
    ambulance = library.directory.services["ambulance_119"]
    looked_at = changed(library, [reviewed(ambulance, date(2028, 1, 1))])
    text = said(looked_at, CARD, "en", URGENT + ONE_DAY)
    wanted = "there: Ambulance 119, Police 117 (as of 23 November 2026, may have changed)"
    assert text.endswith(wanted)


def test_an_emergency_number_leads_to_no_other_and_is_not_given_twice(library: Library) -> None:
    phrase = fallback_of(library, "en", URGENT)
    # Nobody who thinks of suicide is led from the ambulance to the police.
    assert phrase not in said(library, Answered("suicide_risk"), "en", URGENT + ONE_DAY)
    text = said(library, Answered("being_followed", "ID"), "en", URGENT + ONE_DAY)
    assert shows(text.partition(phrase)[2], "119")
    assert len(re.findall(r"\b117\b", text)) == 1


def test_another_number_takes_the_place_of_a_withheld_one(library: Library) -> None:
    today = URGENT + timedelta(days=181)
    text = said(library, Answered("held_captive", "ID"), "en", today)
    assert shows(text, OFFICE)
    assert "we found no number" not in text


def test_one_change_of_a_number_changes_all_languages(library: Library) -> None:
    """The dead number of an embassy is mended once, not fourteen times."""

    def mended(entry: Entry) -> tuple[Phone, ...]:
        return tuple(
            dataclasses.replace(phone, number="+85512000111")
            if Use.EMERGENCY in phone.uses and phone.number == "+85512813282"
            else phone
            for phone in entry.phones
        )

    directory = library.directory
    missions = tuple(
        dataclasses.replace(mission, phones=mended(mission)) for mission in directory.all_missions
    )
    changed = dataclasses.replace(
        library, directory=Directory(missions, directory.services, directory.figures)
    )
    for language in LANGUAGES:
        for event in (CARD, Answered("held_captive", "ID"), Answered("being_followed", "ID")):
            assert shows(said(library, event, language, URGENT), HOTLINE)
            text = said(changed, event, language, URGENT)
            assert shows(text, "+855 12 000 111")
            assert not shows(text, HOTLINE)
