"""Plays a transcript: what the user does, turn by turn, and what the line says to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from bot.content import library as content_library
from bot.content.answers import render
from bot.domain.events import (
    Answered,
    Event,
    HumanCalled,
    LanguageChanged,
    MissionShown,
    Said,
)
from bot.domain.messages import Kind, OutboundMessage
from bot.domain.understanding import Decision, Entity, Intent
from bot.domain.yaml_source import load_yaml
from bot.flows.state import FlowState, TurnInput
from bot.replies import named, without_human
from tests.support.flow_parts import ROOT, Talk, policy

HERE: Final = Path(__file__).parent
TODAY: Final = date(2026, 11, 24)
HEADER: Final = (
    "# The `bot` parts are written by HELPLINE_UPDATE_TRANSCRIPTS=1 pytest; read the diff.\n"
)

Plain = dict[str, object]


@dataclass(frozen=True)
class Transcript:
    """One file: who writes, in which language, and what they do."""

    path: Path
    flow: str
    language: str
    known: bool
    desk: bool
    """Whether there are operators who can be called."""
    steps: int
    turns: Sequence[Mapping[str, object]]


@dataclass
class Played:
    """What came of a transcript."""

    turns: list[Plain] = field(default_factory=list)
    path: list[str] = field(default_factory=list)


@cache
def texts() -> content_library.Library:
    """Load the texts of the line."""
    return content_library.load(ROOT / "content")


def paths() -> list[Path]:
    """Find all transcripts."""
    return sorted(HERE.glob("*/*.yml"))


def read(path: Path) -> Transcript:
    """Read a transcript."""
    root = load_yaml(path.read_text(encoding="utf-8"), path.name)
    plain = root.plain()
    assert isinstance(plain, dict)
    unknown = plain.keys() - {"about", "contact", "desk", "step_limit", "turns"}
    assert not unknown, f"{path}: {unknown}"
    return Transcript(
        path=path,
        flow=path.parent.name,
        language=path.stem.rpartition(".")[2],
        known=plain.get("contact", "known") == "known",
        desk=bool(plain.get("desk", True)),
        steps=plain.get("step_limit", policy().steps),
        turns=plain["turns"],
    )


def play(transcript: Transcript) -> Played:
    """Play the user's part, and note the line's."""
    talk = Talk(
        state=FlowState(greeted=transcript.known),
        desk=transcript.desk,
        settings=replace(policy(), steps=transcript.steps),
    )
    played = Played()
    language = transcript.language
    buttons: dict[str, str] = {}
    for turn in transcript.turns:
        user = turn["user"]
        assert isinstance(user, dict)
        outcome = talk.turn(replace(_input(user, buttons), speaking=language))
        messages = render(texts(), named(texts(), outcome.events, language), language, TODAY)
        assert messages, "every turn says something"
        noted = list(_heard(outcome.events, messages))
        if outcome.offer_in is not None:
            rendered = render(texts(), outcome.offer, outcome.offer_in, TODAY)
            offered = tuple(map(without_human, rendered))
            noted += [{"in": outcome.offer_in} | found for found in _heard(outcome.offer, offered)]
            messages = (*messages, *offered)
        for message in messages:
            buttons |= {button.title: button.payload for row in message.buttons for button in row}
        played.turns.append({"user": user, "bot": noted})
        played.path += outcome.path
        changed = [event.language for event in outcome.events if isinstance(event, LanguageChanged)]
        language = changed[-1] if changed else language
    return played


def write(transcript: Transcript, played: Played) -> None:
    """Write the line's part into the file."""
    old = yaml.safe_load(transcript.path.read_text(encoding="utf-8"))
    old["turns"] = played.turns
    text = yaml.dump(old, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=96)
    transcript.path.write_text(HEADER + text, encoding="utf-8")


def _heard(events: Sequence[Event], messages: Sequence[OutboundMessage]) -> Iterator[Plain]:
    """Give what the line did: what it said with its buttons, and what else it decided.

    Of an answer page only the topic is noted: its text is the editors', and has tests there.
    """
    spoken = iter(messages)
    for event in events:
        noted: Plain
        match event:
            case Said():
                message = next(spoken)
                noted = {"say": event.phrase, "text": message.text} | _titles(message)
            case Answered():
                page = f"{event.topic} for {event.country}" if event.country else event.topic
                noted = {"answer": page} | _titles(next(spoken))
            case MissionShown():
                noted = {"mission": event.mission_id} | _titles(next(spoken))
            case HumanCalled():
                noted = {"call": f"{event.reason}, urgent" if event.urgent else event.reason}
            case LanguageChanged():
                noted = {"language": event.language}
            case _:
                noted = {"wipe": True}
        yield noted


def _titles(message: OutboundMessage) -> Plain:
    titles = [button.title for row in message.buttons for button in row]
    return {"buttons": titles} if titles else {}


def _input(user: Mapping[str, object], buttons: Mapping[str, str]) -> TurnInput:
    """Make the input of a turn; a button is named by its title, as the person sees it."""
    known = {"text", "intent", "confidence", "ranking", "entities", "decision", "button", "command"}
    assert not user.keys() - {*known, "kind", "old_button", "lead", "also", "written"}, user
    if "button" in user:
        return TurnInput(payload=buttons[str(user["button"])])
    if "old_button" in user:
        return TurnInput(payload=str(user["old_button"]))
    if "command" in user:
        return TurnInput(command=str(user["command"]))
    text = str(user.get("text", ""))
    intent = user.get("intent")
    confidence = user.get("confidence", 0.9 if intent else 0.0)
    ranking = user.get("ranking", {intent: confidence} if intent else {})
    entities = user.get("entities", {})
    leads = user.get("lead", {})
    assert isinstance(leads, dict)
    assert isinstance(ranking, dict)
    assert isinstance(entities, dict)
    assert isinstance(confidence, float)
    return TurnInput(
        intent=str(intent) if intent else None,
        confidence=confidence,
        ranking=tuple(Intent(name, sure) for name, sure in ranking.items()),
        entities=tuple(_entity(text, kind, told) for kind, told in entities.items()),
        text=text,
        decision=Decision(str(user.get("decision", "none"))),
        kind=Kind(str(user.get("kind", "text"))),
        lead=next((Intent(name, sure) for name, sure in leads.items()), None),
        also=_maybe(user.get("also")),
        written=_maybe(user.get("written")),
    )


def _maybe(raw: object) -> str | None:
    return None if raw is None else str(raw)


def _entity(text: str, kind: str, told: str) -> Entity:
    """Read `words = value`: the words stand in the text, the value is what they mean."""
    words, _, value = told.partition(" = ")
    start = text.index(words)
    return Entity(kind, value or words, start, start + len(words))


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that they can be read."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        super().increase_indent(flow, False)  # noqa: FBT003
