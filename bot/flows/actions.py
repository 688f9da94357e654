"""What `action: action_...` does: one function for each, all pure; README.md lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bot.domain.events import (
    Answered,
    Choice,
    Event,
    HumanCalled,
    MissionShown,
    Said,
    SlotValue,
    WipeRequested,
)
from bot.domain.understanding import Tier
from bot.flows import payloads
from bot.flows.state import Facts, Frame, MissionFact, Policy, Shown, TurnInput

COUNTRIES: Final = ("ID", "VN", "PH", "TH", "MY", "MM", "IN", "BD", "PK", "NP", "CN", "KE", "UG")
"""Countries that have a button at the question for the nationality; others are typed."""
LIKELIEST: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("ID", "MY"),
    "vi": ("VN",),
    "fil": ("PH",),
    "th": ("TH",),
    "my": ("MM",),
    "hi": ("IN", "NP"),
    "ur": ("PK", "IN"),
    "bn": ("BD", "IN"),
    "ne": ("NP",),
    "zh": ("CN", "MY"),
    "sw": ("KE", "UG"),
}
"""Those of them that stand first for who reads a language."""
OFFERED_DIALOGUE: Final = ("talk_to_human", "change_language")
"""The intents of tier dialogue that "did you mean" offers beside the needs."""
MAX_MISSIONS: Final = 4
"""Most missions shown, or offered as buttons, at once."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an action sees."""

    slots: Mapping[str, SlotValue] = field(repr=False)
    frame: Frame
    turn: TurnInput
    facts: Facts
    policy: Policy
    recent: tuple[Shown, ...] = ()
    interrupted: bool = False
    """Another flow waits below this one."""
    parked: bool = False
    """A flow was broken off by a message about danger."""
    country_named: str | None = None
    """The country that the contact named last, whether it is their own or not."""
    leads: Callable[[str], bool] = lambda _intent: True
    """Whether a button of this intent answers anything."""

    def country(self) -> str | None:
        """Give the nationality, if it is known."""
        nationality = self.slots.get("nationality")
        return nationality if isinstance(nationality, str) else None


@dataclass(frozen=True, slots=True)
class Result:
    """What an action came to: events, slots to set, and what becomes of interrupted flows."""

    events: tuple[Event, ...] = ()
    slots: Mapping[str, SlotValue] = field(default_factory=dict, repr=False)
    drop: bool = False
    """Forget the flows that were interrupted or broken off."""
    resume: bool = False
    """Take up the flow that was broken off."""
    forget: bool = False
    """Forget everything about the contact when the turn is over."""


Action: TypeAlias = Callable[[Context], Result]


def action_ask_language(context: Context) -> Result:
    """Ask for the language: a button for each that is offered, named in itself."""
    return Result((_language_question("ask_language", context),))


def action_ask_mission(context: Context) -> Result:
    """Ask which office is nearest: a button with the city of each."""
    missions = context.facts.missions(context.country() or "")[:MAX_MISSIONS]
    choices = tuple(
        Choice(payloads.set_slot("mission", mission.id), title=mission.city) for mission in missions
    )
    return Result((_said("ask_mission", context, choices),))


def action_ask_nationality(context: Context) -> Result:
    """Ask for the nationality: buttons for frequent ones; any other country is typed."""
    named = context.country_named
    likely = LIKELIEST.get(context.turn.speaking or "", ())
    # What was said before comes first: one press instead of a second telling.
    codes = sorted(COUNTRIES, key=lambda code: (code != named, code not in likely))
    choices = tuple(
        Choice(payloads.set_slot("nationality", code), phrase=f"country_{code.lower()}")
        for code in codes
    )
    return Result((_said("ask_nationality", context, choices),))


def action_call_human(context: Context) -> Result:
    """Call a human who comes when one is free; the reason is the intent that led here."""
    return Result((HumanCalled(_reason(context)),))


def action_call_human_now(context: Context) -> Result:
    """Page a human at once."""
    return Result((HumanCalled(_reason(context), urgent=True),))


def action_did_you_mean(context: Context) -> Result:
    """Offer the likeliest needs that have an answer as buttons, and the menu for all others."""
    choices = tuple(
        Choice(f"/{name}", phrase=f"intent_{name}")
        for name in likely_intents(context.turn, context.policy, context.leads)
    )
    other = Choice("/capabilities", phrase="button_something_else")
    return Result((_said("did_you_mean", context, (*choices, other)),))


def action_drop_interrupted(context: Context) -> Result:
    """Forget the flows that this one interrupted: their questions are not asked again."""
    del context
    return Result(drop=True)


def action_find_missions(context: Context) -> Result:
    """Count the offices of the nationality: sets `mission_count`."""
    return Result(slots={"mission_count": float(len(_missions(context)))})


def action_note_town(context: Context) -> Result:
    """Note the town that the message names: sets `town`; without one it stays as it is.

    Of several towns nobody knows in which one the contact is.
    """
    towns = {entity.value for entity in context.turn.entities if entity.kind == "city"}
    return Result(slots={"town": towns.pop() if len(towns) == 1 else None} if towns else {})


def action_offer_languages(context: Context) -> Result:
    """Offer the languages, without waiting for an answer; nothing when there is only one."""
    if len(context.facts.languages()) < _A_CHOICE:
        return Result()
    return Result((_language_question("choose_language", context),))


def action_offer_resume(context: Context) -> Result:
    """Offer to take up what a message about danger broke off; nothing when there is nothing."""
    if not context.parked:
        return Result()
    choices = (
        Choice(payloads.set_slot("go_on", "true"), phrase="button_go_on"),
        Choice(payloads.set_slot("go_on", "false"), phrase="button_no"),
    )
    return Result((_said("offer_resume", context, choices),))


def action_repeat_last(context: Context) -> Result:
    """Say the last page again, if the language is a new one; sets `repeated`."""
    repeated = bool(context.recent) or context.interrupted
    same = context.slots.get("language") == context.turn.speaking
    return Result(() if same else context.recent, {"repeated": repeated})


def action_resume_parked(context: Context) -> Result:
    """Take up what a message about danger broke off; sets `resumed`."""
    return Result(slots={"resumed": context.parked}, resume=True)


def action_safety_advice(context: Context) -> Result:
    """Give the page of the intent that led here when it is a pressing one, else general advice."""
    intent = context.frame.intent or ""
    pressing = context.policy.tier(intent) in {Tier.CRITICAL, Tier.ELEVATED}
    topic = intent if pressing and context.facts.answer_exists(intent) else "safety_general"
    return Result((Answered(topic, context.country()),))


def action_show_mission(context: Context) -> Result:
    """Show the office that was chosen (by id or city); all of them when none was or fits."""
    missions = _missions(context)
    wanted = str(context.slots.get("mission") or "").casefold()
    fitting = [
        mission
        for mission in missions
        if wanted and wanted in {mission.id.casefold(), mission.city.casefold()}
    ]
    return Result(tuple(MissionShown(mission.id) for mission in fitting or missions))


def action_wipe(context: Context) -> Result:
    """Have the conversation deleted, and forget all that the flows know."""
    del context
    return Result((WipeRequested(),), drop=True, forget=True)


ACTIONS: Final[Mapping[str, Action]] = {
    action.__name__: action
    for action in (
        action_ask_language,
        action_ask_mission,
        action_ask_nationality,
        action_call_human,
        action_call_human_now,
        action_did_you_mean,
        action_drop_interrupted,
        action_find_missions,
        action_note_town,
        action_offer_languages,
        action_offer_resume,
        action_repeat_last,
        action_resume_parked,
        action_safety_advice,
        action_show_mission,
        action_wipe,
    )
}
"""Every action by its name in flow files."""

PHRASES: Final[Mapping[str, frozenset[str]]] = {
    "action_ask_language": frozenset({"ask_language"}),
    "action_ask_mission": frozenset({"ask_mission"}),
    "action_ask_nationality": frozenset(
        {"ask_nationality", *(f"country_{code.lower()}" for code in COUNTRIES)}
    ),
    "action_did_you_mean": frozenset({"did_you_mean", "button_something_else"}),
    "action_offer_languages": frozenset({"choose_language"}),
    "action_offer_resume": frozenset({"offer_resume", "button_go_on", "button_no"}),
}
"""The phrases that actions say, for the checker."""
SETS: Final[Mapping[str, frozenset[str]]] = {
    "action_find_missions": frozenset({"mission_count"}),
    "action_note_town": frozenset({"town"}),
    "action_repeat_last": frozenset({"repeated"}),
    "action_resume_parked": frozenset({"resumed"}),
}
"""The slots that actions set, for the checker."""
TOPICS: Final[Mapping[str, frozenset[str]]] = {
    "action_safety_advice": frozenset({"safety_general"}),
}
"""The answer files that actions give by name, for the checker."""


def likely_intents(
    turn: TurnInput, policy: Policy, leads: Callable[[str], bool]
) -> tuple[str, ...]:
    """Give the needs that a message may mean, without small talk: the likeliest two, and a third
    that is not far-fetched. The more dangerous come first, then the likelier.

    Only those that lead somewhere: a button without an answer would mock a person in need.
    """
    ranking = sorted(turn.ranking, key=lambda intent: -intent.confidence)
    needs = {
        intent.name: intent.confidence
        for intent in reversed(ranking)
        if (policy.is_need(intent.name) or intent.name in OFFERED_DIALOGUE) and leads(intent.name)
    }
    likeliest = sorted(needs, key=lambda name: -needs[name])[: policy.offered]
    kept = [
        name
        for place, name in enumerate(likeliest)
        if needs[name] >= _SMALLEST or (place < _AT_LEAST and needs[name] > 0)
    ]
    return tuple(sorted(kept, key=lambda name: _ORDER[policy.tier(name)]))


def known_slots(slots: Mapping[str, SlotValue]) -> dict[str, SlotValue]:
    """Give the slots that have a value: those that a phrase can name."""
    return {name: value for name, value in slots.items() if value is not None}


_A_CHOICE: Final = 2
_SMALLEST: Final = 0.05
_AT_LEAST: Final = 2
_ORDER: Final[Mapping[Tier | None, int]] = {
    Tier.CRITICAL: 0,
    Tier.ELEVATED: 1,
    Tier.INFO: 2,
    Tier.DIALOGUE: 3,
}


def _missions(context: Context) -> Sequence[MissionFact]:
    """Give the offices of the nationality; those abroad only when none is in the country."""
    missions = context.facts.missions(context.country() or "")
    near = [mission for mission in missions if mission.in_country]
    return (near or missions)[:MAX_MISSIONS]


def _said(phrase: str, context: Context, choices: tuple[Choice, ...] = ()) -> Said:
    return Said(phrase, known_slots(context.slots), choices)


def _language_question(phrase: str, context: Context) -> Said:
    choices = tuple(
        Choice(payloads.set_slot("language", code), title=name)
        for code, name in context.facts.languages()
    )
    return _said(phrase, context, choices)


def _reason(context: Context) -> str:
    return context.frame.intent or context.frame.flow
