"""Promises about the content that the project ships."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from bot.content.answers import render
from bot.content.check import check
from bot.content.directory import SHORT_CODES, Figure, Mission, Service, Use
from bot.content.library import Library
from bot.content.markup import opening, plain_length
from bot.domain.events import Answered, Event, MissionShown
from bot.domain.understanding import Tier
from tests.unit.content.conftest import REAL

TODAY = date(2026, 11, 24)
CRITICAL = (
    "held_captive",
    "violence_now",
    "being_sold",
    "being_followed",
    "medical_emergency",
    "suicide_risk",
    "sexual_violence",
    "child_at_risk",
)
ELEVATED = (
    "detained",
    "ransom_demand",
    "someone_missing",
    "shelter_find",
    "medical_help",
    "basic_needs",
    "report_trafficking",
    "emotional_support",
)
INFO = (
    "embassy_contact",
    "embassy_wait",
    "passport_missing",
    "visa_overstay",
    "exit_procedure",
    "repatriation_help",
    "safe_transport",
    "legal_rights",
    "forced_scamming",
    "unpaid_wages",
    "job_offer_check",
    "emergency_numbers",
    "privacy_question",
    "delete_data",
)
OF_FLOWS = (
    "no_embassy",
    "leave_with_passport",
    "leave_overstayed",
    "leave_without_passport",
    "leave_detained",
    "missing_person_report",
    "report_what_to_send",
    "report_still_inside",
    "job_offer_signs",
    "wages_company",
    "wages_scam",
    "wipe_by_hand",
    "what_we_keep",
    "safety_general",
)
TIERS = {
    **dict.fromkeys(CRITICAL, Tier.CRITICAL),
    **dict.fromkeys(ELEVATED, Tier.ELEVATED),
    **dict.fromkeys(INFO, Tier.INFO),
}


def test_the_shipped_content_has_no_error(library: Library) -> None:
    problems = check(library, [*TIERS, *OF_FLOWS], [], TIERS, TODAY)
    ours = [problem for problem in problems if "/phrases/" not in problem.file]
    assert ours == []


@pytest.mark.parametrize("topic", CRITICAL)
@pytest.mark.parametrize("language", ["en", "id"])
def test_advice_in_danger_is_short_neutral_at_first_and_promises_no_time(
    library: Library, topic: str, language: str
) -> None:
    for country in (None, *library.directory.countries()):
        (message,) = render(library, [Answered(topic, country)], language, TODAY)
        text = message.text.partition("\n\n")[0]
        assert plain_length(text) <= 300
        assert opening(text).startswith(("Thank you", "Terima kasih"))
        assert not re.search(r"\b(in \d+ |soon|will come|dalam \d+ |segera datang)", text)


def test_every_fact_has_a_source_an_owner_and_a_day_to_look_again(library: Library) -> None:
    directory = library.directory
    facts: tuple[Mission | Service | Figure, ...] = (
        *directory.all_missions,
        *directory.services.values(),
        *directory.figures.values(),
    )
    assert len(facts) > 70
    for fact in facts:
        assert fact.evidence.sources
        assert fact.evidence.owner == "editors"
        kept = fact.evidence.review_by - fact.evidence.verified_on
        assert kept <= timedelta(days=90)


def test_numbers_that_people_call_in_danger_are_reviewed_every_30_days(library: Library) -> None:
    directory = library.directory
    entries = (*directory.all_missions, *directory.services.values())
    urgent = [phone for entry in entries for phone in entry.phones if Use.EMERGENCY in phone.uses]
    assert {phone.number for phone in urgent} >= SHORT_CODES
    for phone in urgent:
        assert phone.evidence.review_by - phone.evidence.verified_on <= timedelta(days=30)


def test_nothing_claims_to_have_been_checked_by_a_person_yet(library: Library) -> None:
    for mission in library.directory.all_missions:
        (card,) = render(library, [MissionShown(mission.id)], "en", TODAY)
        assert mission.evidence.was_checked == ("Checked by us" in card.text)


def test_a_note_of_an_editor_is_never_shown(library: Library) -> None:
    directory = library.directory
    events: list[Event] = [MissionShown(mission.id) for mission in directory.all_missions]
    events += [Answered(topic, country) for topic in library.topics() for country in ("ID", "CN")]
    shown = "\n".join(message.text for message in render(library, events, "en", TODAY))
    noted = {
        number
        for entry in (*directory.all_missions, *directory.services.values())
        for number in re.findall(r"\+?\d[\d ]{7,}", entry.note or "")
    }
    known = {
        phone.international()
        for entry in (*directory.all_missions, *directory.services.values())
        for phone in entry.phones
    }
    doubtful = {number.strip() for number in noted} - known
    assert len(doubtful) > 5
    assert not [number for number in doubtful if number in shown]


def test_a_country_without_a_mission_gives_none_and_its_own_come_first(library: Library) -> None:
    assert library.directory.missions("LA") == ()
    first, second = library.directory.missions("VN")
    assert (first.city, second.city) == ("Phnom Penh", "Sihanoukville")
    service = library.directory.service("police_117")
    assert service is not None
    assert service.phones[0].international() == "117"
    assert library.directory.service("nobody") is None


def test_the_languages_offered_are_those_with_all_texts(library: Library) -> None:
    offered = dict(library.offered_languages())
    assert set(offered) == {
        *("en", "id", "zh", "hi", "ur", "bn", "ne", "vi", "th", "my", "fil", "sw", "am", "fr")
    }
    assert offered["id"] == "Bahasa Indonesia"
    assert library.answer_exists("detained")
    assert not library.answer_exists("nothing")


def test_every_answer_is_marked_as_unread_by_a_person(library: Library) -> None:
    assert all(answer.reviewed.is_machine for answer in library.answers.values())


def test_the_readme_of_editors_names_every_file(library: Library) -> None:
    text = (REAL / "README.md").read_text(encoding="utf-8")
    for name in (
        "missions.yml",
        "services.yml",
        "figures.yml",
        "languages.yml",
        "safety_words.yml",
    ):
        assert name in text
    assert library.version
