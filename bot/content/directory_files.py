"""Reads `content/directory/*.yml` into the typed directory."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Final, TypedDict, TypeVar

from bot.content.directory import (
    SHORT_CODES,
    Confidence,
    Directory,
    Evidence,
    Figure,
    Mission,
    Phone,
    Service,
    Source,
    Use,
)
from bot.content.records import (
    Record,
    country,
    day,
    email,
    identifier,
    line_of_text,
    localized_text,
    member,
    one_or_more,
    website,
)
from bot.domain.yaml_source import Node, SourceError

EntryT = TypeVar("EntryT", Mission, Service, Figure)

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_NEVER: Final = date.min
_NOT_FOUND: Final = "not_found"
_EVIDENCE_KEYS: Final = (
    "confidence",
    "verified_on",
    "review_by",
    "checked_by",
    "owner",
    "sources",
)
_ENTRY_KEYS: Final = (
    "id",
    "name",
    "kind",
    "city",
    "address",
    "phones",
    "emails",
    "website",
    "hours",
    "note",
    *_EVIDENCE_KEYS,
)
_MISSION_KEYS: Final = (*_ENTRY_KEYS, "country", "city_country", "resident")
_SERVICE_KEYS: Final = (*_ENTRY_KEYS, "what", "for_whom", "languages", "fallback")


def read_directory(
    missions: Node | None,
    services: Node | None,
    figures: Node | None,
    errors: list[SourceError],
) -> Directory:
    """Make the directory of its files; what is wrong is added to `errors`, its record left out."""
    found = _records(missions, "missions", _mission, errors)
    return Directory(
        all_missions=tuple(found.values()),
        services=_records(services, "services", _service, errors),
        figures=_records(figures, "figures", _figure, errors),
        not_found=_not_found(missions, errors),
    )


def _not_found(node: Node | None, errors: list[SourceError]) -> tuple[str, ...]:
    """Read the nationalities without a mission; they stand in the file of missions."""
    if node is None or node.kind != "keys with values":
        return ()
    return Record(node, errors).take(_NOT_FOUND, one_or_more(country), ())


def _records(
    node: Node | None,
    key: str,
    read: Callable[[Node, list[SourceError]], EntryT | None],
    errors: list[SourceError],
) -> dict[str, EntryT]:
    found: dict[str, EntryT] = {}
    if node is None:
        return found
    file = Record(node, errors)
    file.known(key, *((_NOT_FOUND,) if key == "missions" else ()))
    for item in file.listed(key):
        entry = read(item, errors)
        if entry is None:
            continue
        if entry.id in found:
            first = found[entry.id].line
            errors.append(
                item.error(f"the id stands here twice (first in line {first})", "rename one")
            )
        found[entry.id] = entry
    return found


def _mission(node: Node, errors: list[SourceError]) -> Mission | None:
    record = Record(node, errors)
    record.known(*_MISSION_KEYS)
    common = _common(record)
    mission = Mission(
        **common,
        country=record.need("country", country, ""),
        city_country=record.take("city_country", country, None),
        resident=record.need("resident", Node.boolean, default=True),
    )
    return mission if record.sound else None


def _service(node: Node, errors: list[SourceError]) -> Service | None:
    record = Record(node, errors)
    record.known(*_SERVICE_KEYS)
    service = Service(
        **_common(record),
        what=record.need("what", Node.text, ""),
        for_whom=record.take("for_whom", Node.text, None),
        languages=record.take("languages", Node.texts, ()),
        fallback=record.take("fallback", Node.boolean, default=False),
    )
    return service if record.sound else None


def _figure(node: Node, errors: list[SourceError]) -> Figure | None:
    record = Record(node, errors)
    record.known("id", "value", "note", *_EVIDENCE_KEYS)
    figure = Figure(
        id=record.need("id", identifier, ""),
        value=record.need("value", localized_text, {"en": ""}),
        evidence=_evidence(record),
        note=record.take("note", Node.text, None),
        file=node.file,
        line=node.line,
    )
    return figure if record.sound else None


class _Common(TypedDict):
    """The arguments that `Mission` and `Service` share, as `Entry` names them."""

    id: str
    name: Mapping[str, str]
    kind: str
    evidence: Evidence
    city: str | None
    address: Mapping[str, str] | None
    phones: tuple[Phone, ...]
    emails: tuple[str, ...]
    website: str | None
    hours: Mapping[str, str] | None
    note: str | None
    file: str
    line: int


def _common(record: Record) -> _Common:
    evidence = _evidence(record)
    read_phones = one_or_more(partial(_phone, record=record, of_entry=evidence))
    return {
        "id": record.need("id", identifier, ""),
        "name": record.need("name", localized_text, {"en": ""}),
        "kind": record.need("kind", identifier, ""),
        "evidence": evidence,
        "city": record.take("city", line_of_text, None),
        "address": record.take("address", localized_text, None),
        "phones": record.take("phones", read_phones, ()),
        "emails": record.take("emails", one_or_more(email), ()),
        "website": record.take("website", website, None),
        "hours": record.take("hours", localized_text, None),
        "note": record.take("note", Node.text, None),
        "file": record.node.file,
        "line": record.node.line,
    }


def _phone(node: Node, record: Record, of_entry: Evidence) -> Phone:
    # A problem of a number is a problem of the entry: it must not be shown without the number.
    errors: list[SourceError] = []
    own = Record(node, errors)
    own.known("number", "use", "confidence", "verified_on", "review_by", "checked_by")
    verified_on = own.take("verified_on", day, of_entry.verified_on)
    phone = Phone(
        number=own.need("number", _number, ""),
        uses=own.need("use", one_or_more(member(Use)), ()),
        evidence=Evidence(
            confidence=own.need("confidence", member(Confidence), Confidence.LOW),
            verified_on=verified_on,
            review_by=_review(own, verified_on, of_entry.review_by),
            checked_by=own.take("checked_by", Node.text, of_entry.checked_by),
            owner=of_entry.owner,
            sources=of_entry.sources,
        ),
        line=node.line,
    )
    for error in errors:
        record.report(error)
    return phone


def _number(node: Node) -> str:
    number = node.text()
    if number in SHORT_CODES or _E164.fullmatch(number):
        return number
    raise node.error(
        "no phone number that we know how to write",
        "write it as '+85523217934', without spaces, or as a known Cambodian short code",
    )


def _evidence(record: Record) -> Evidence:
    verified_on = record.need("verified_on", day, _NEVER)
    review_by = record.need("review_by", day, date.max)
    if record.sound and review_by <= verified_on:
        mend = "give a later day for review_by"
        record.report(
            record.node.key_error("review_by", "review_by is not after verified_on", mend)
        )
    return Evidence(
        confidence=record.need("confidence", member(Confidence), Confidence.LOW),
        verified_on=verified_on,
        review_by=review_by,
        checked_by=record.need("checked_by", Node.text, "nobody"),
        owner=record.need("owner", Node.text, ""),
        sources=record.need("sources", one_or_more(_source), ()),
    )


def _review(own: Record, verified_on: date, otherwise: date) -> date:
    review_by = own.take("review_by", day, otherwise)
    if own.sound and review_by <= verified_on:
        mend = "give a later day for review_by"
        own.report(own.node.key_error("review_by", "review_by is not after verified_on", mend))
    return review_by


def _source(node: Node) -> Source:
    errors: list[SourceError] = []
    record = Record(node, errors)
    record.known("title", "date", "url", "ref")
    source = Source(
        title=record.need("title", Node.text, ""),
        date=record.need("date", Node.text, ""),
        url=record.take("url", website_of_source, None),
        ref=record.take("ref", Node.text, None),
    )
    if not errors and source.url is None and source.ref is None:
        errors.append(node.error("the source cannot be found again", "add `url` or `ref`"))
    if errors:
        raise errors[0]
    return source


def website_of_source(node: Node) -> str:
    """Read the address of a source; they are long and odd, so only their beginning is looked at."""
    text = node.text()
    if not text.startswith(("https://", "http://")) or any(sign.isspace() for sign in text):
        raise node.error("no web address", "begin with https:// and leave out spaces")
    return text
