"""What tests of flows need: the flows of the project, made-up facts, and short ways to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.domain.events import (
    Answered,
    Event,
    HumanCalled,
    LanguageChanged,
    MissionShown,
    Said,
    WipeRequested,
)
from bot.domain.understanding import Entity, Intent, Tier
from bot.domain.yaml_source import load_yaml
from bot.flows import check, loading
from bot.flows.definition import FlowLibrary
from bot.flows.engine import advance
from bot.flows.state import FlowState, MissionFact, Outcome, Policy, TurnInput

ROOT = Path(__file__).parents[2]
LANGUAGES = (("en", "English"), ("id", "Bahasa Indonesia"))
MISSIONS: Mapping[str, Sequence[MissionFact]] = {
    "ID": (MissionFact("id_embassy_phnom_penh", "Phnom Penh"),),
    "VN": (
        MissionFact("vn_embassy_phnom_penh", "Phnom Penh"),
        MissionFact("vn_consulate_sihanoukville", "Sihanoukville"),
    ),
    "NP": (MissionFact("np_embassy_bangkok", "Bangkok", in_country=False),),
}


class MadeUpFacts:
    """Facts that no edit of content/ changes: one office, two offices, or none."""

    def __init__(self, missing: Sequence[str] = ()) -> None:
        self.missing = missing

    def missions(self, country: str) -> Sequence[MissionFact]:
        return MISSIONS.get(country, ())

    def answer_exists(self, topic: str) -> bool:
        return topic in topics() and topic not in self.missing

    def languages(self) -> Sequence[tuple[str, str]]:
        return LANGUAGES


@cache
def tiers() -> Mapping[str, Tier]:
    """Read the tiers of all intents."""
    root = load_yaml((ROOT / "nlu/tiers.yml").read_text(encoding="utf-8"), "nlu/tiers.yml")
    listed = root.require("tiers").mapping()
    return {name.text(): Tier(tier) for tier, names in listed.items() for name in names.sequence()}


@cache
def topics() -> frozenset[str]:
    """Give the answer files that flows name, and one for each need."""
    needs = (name for name, tier in tiers().items() if tier is not Tier.DIALOGUE)
    return check.needed_topics(project_flows(), tiers()) | frozenset(needs)


@cache
def project_flows() -> FlowLibrary:
    """Load the flows of the project."""
    return loading.load(ROOT / "flows")


@cache
def policy() -> Policy:
    """Give the engine's settings with the project's intents."""
    return Policy(tiers=tiers())


def flows_of(text: str, **more: str) -> FlowLibrary:
    """Load one flow file, and more by name."""
    return loading.load({"flows/test.yml": text, **{f"flows/{k}.yml": v for k, v in more.items()}})


def heard(
    intent: str | None, text: str = "words", confidence: float = 0.9, **entities: str
) -> TurnInput:
    """Make a message that was understood; the entities stand at the end of the text."""
    found = []
    for kind, value in entities.items():
        text = f"{text} {value}".strip()
        found.append(Entity(kind, value, len(text) - len(value), len(text)))
    return TurnInput(
        intent=intent,
        confidence=confidence if intent else 0.0,
        ranking=(Intent(intent, confidence),) if intent else (),
        entities=tuple(found),
        text=text,
    )


def pressed(payload: str) -> TurnInput:
    """Make the press of a button."""
    return TurnInput(payload=payload)


def command(name: str) -> TurnInput:
    """Make a command."""
    return TurnInput(command=name)


class Talk:
    """A conversation: say things one after the other, and look at what came of it."""

    def __init__(
        self,
        library: FlowLibrary | None = None,
        *,
        state: FlowState | None = None,
        settings: Policy | None = None,
        facts: MadeUpFacts | None = None,
        desk: bool = True,
    ) -> None:
        self.desk = desk
        self.library = library or project_flows()
        self.state = state or FlowState(greeted=True)
        self.policy = settings or policy()
        self.facts = facts or MadeUpFacts()

    def turn(self, turn: TurnInput) -> Outcome:
        """Take one turn; the state goes through its stored form, as it does in the line."""
        known = self.state
        if "desk_open" in self.library.slots:
            known = replace(known, slots={**known.slots, "desk_open": self.desk})
        outcome = advance(self.library, known, turn, self.facts, self.policy)
        self.state = FlowState.from_json(outcome.state.to_json())
        assert self.state == outcome.state
        # The line sets it anew before each turn; it is nothing that flows remember.
        kept = {name: value for name, value in self.state.slots.items() if name != "desk_open"}
        self.state = replace(self.state, slots=kept)
        return outcome

    def say(self, turn: TurnInput) -> list[str]:
        """Take one turn and give its events in short: see `short`."""
        return short(self.turn(turn))


def short(outcome: Outcome) -> list[str]:
    """Write events in short: a phrase's key, `answer x`, `mission x`, `human`, `human now` ..."""
    return [_short(event) for event in outcome.events]


def _short(event: Event) -> str:
    match event:
        case Said():
            return event.phrase
        case Answered():
            return f"answer {event.topic}"
        case MissionShown():
            return f"mission {event.mission_id}"
        case HumanCalled():
            return "human now" if event.urgent else "human"
        case LanguageChanged():
            return f"language {event.language}"
        case WipeRequested():
            return "wipe"
