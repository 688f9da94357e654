"""The card of a mission: who it is, how to reach it, and how sure we are."""

from __future__ import annotations

from bot.content.directory import Confidence, Mission, Phone, Use
from bot.content.freshness import Numbers, vouched
from bot.content.voice import Voice


def mission_card(mission: Mission, voice: Voice) -> str:
    """Write what we know of a mission; what is missing is named as missing."""
    numbers = Numbers(voice)
    # The name of an embassy must not be the first thing that a notification shows.
    parts = [
        voice.say("mission_intro"),
        "\n".join((f"**{voice.text(mission.name)}**", *_place(mission, voice))),
        "\n".join(f"- {line}" for line in _contacts(mission, numbers)),
        " ".join(_evidence(mission, voice)),
    ]
    return numbers.followed("\n\n".join(parts))


def _place(mission: Mission, voice: Voice) -> list[str]:
    country = voice.country(mission.city_country) if mission.city_country else ""
    place = ", ".join(part for part in (mission.city, country) if part)
    if mission.resident:
        return [place] if place else []
    if place:
        return [voice.say("mission_abroad", place=place)]
    return [voice.say("mission_abroad_unknown_place")]


def _contacts(mission: Mission, numbers: Numbers) -> list[str]:
    voice = numbers.voice
    lines = []
    if mission.address:
        lines.append(voice.say("mission_address", address=voice.text(mission.address)))
    phones = vouched(mission, voice.today).phones
    if phones != mission.phones:
        numbers.withheld()
    ordered = sorted(phones, key=lambda phone: Use.EMERGENCY not in phone.uses)
    lines += [_phone(mission, phone, numbers) for phone in ordered]
    if not phones:
        lines.append(voice.say("mission_phone_missing"))
    lines += [voice.say("mission_email", email=email) for email in mission.emails]
    if mission.website:
        lines.append(voice.say("mission_website", website=mission.website))
    if mission.hours:
        lines.append(voice.say("mission_hours", hours=voice.text(mission.hours)))
    return lines


def _phone(mission: Mission, phone: Phone, numbers: Numbers) -> str:
    uses = ", ".join(numbers.voice.say(f"mission_use_{use}") for use in phone.uses)
    return f"{uses}: {numbers.show(mission, phone)}"


def _evidence(mission: Mission, voice: Voice) -> list[str]:
    evidence = mission.evidence
    said = "mission_checked" if evidence.was_checked else "mission_collected"
    date = voice.day(evidence.verified_on)
    lines = [voice.say(said, date=date)]
    if evidence.confidence is Confidence.LOW:
        lines.insert(0, voice.say("mission_uncertain"))
    if evidence.is_past_review(voice.today):
        lines.append(voice.say("mission_out_of_date"))
    return lines
