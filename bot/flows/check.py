"""Finds what is wrong with flows that load: dead ends, loops, questions nobody can answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.domain.events import Choice
from bot.domain.problems import Problem, Severity
from bot.domain.understanding import Tier
from bot.flows import actions, payloads, switch, triggers
from bot.flows.definition import (
    ActionStep,
    CollectStep,
    Flow,
    FlowLibrary,
    LinkStep,
    Response,
    SetSlotsStep,
    Source,
    Step,
)

ASIDE: Final = (
    triggers.SESSION_START,
    triggers.CANNOT_HANDLE,
    triggers.CLARIFICATION,
    triggers.ATTACHMENT,
)
"""Flows that run above an open question, so they must not ask one."""


def check(
    library: FlowLibrary,
    tiers: Mapping[str, Tier],
    phrases: Mapping[str, Mapping[str, str]],
    topics: Collection[str],
) -> list[Problem]:
    """List everything wrong, errors and warnings, in the order of files and lines.

    `tiers` holds every intent; `phrases` the texts of each offered language by key; `topics`
    the answer files that everybody can be given.
    """
    scope = _Scope(library, tiers, phrases, topics)
    found: set[Problem] = set()
    for judge in (_built_in, _intents, _flows, _steps, _buttons, _phrases, _slots):
        found.update(judge(scope))
    return sorted(found)


def needed_phrases(library: FlowLibrary, tiers: Mapping[str, Tier]) -> frozenset[str]:
    """Give the phrases that flows, actions and the engine can say."""
    said = {"no_answer", "button_human", "internal_error", "also_wrote", *switch.PHRASES}
    for response in _responses(library):
        for variation in response.variations:
            said.add(variation.phrase)
            said.update(choice.phrase for choice in variation.choices if choice.phrase)
    for name in _actions(library):
        said |= actions.PHRASES.get(name, frozenset())
    said.update(flow.name for flow in library.flows.values() if flow.name)
    offered = (name for name, tier in tiers.items() if tier is not Tier.DIALOGUE)
    return frozenset(said) | {f"intent_{name}" for name in (*offered, *actions.OFFERED_DIALOGUE)}


def needed_topics(library: FlowLibrary, tiers: Mapping[str, Tier]) -> frozenset[str]:
    """Give the answer files that flows name, and those of intents that no flow takes."""
    topics: set[str] = set()
    for name in _actions(library):
        topics |= actions.TOPICS.get(name, frozenset())
        if name.startswith("answer_"):
            topics.add(name.removeprefix("answer_"))
    for choice in _choices(library):
        payload = payloads.read(choice.payload)
        if isinstance(payload, payloads.GiveAnswer):
            topics.add(payload.topic)
    for intent, tier in tiers.items():
        # The advice on a pressing intent is its answer file, whatever flow takes it.
        if tier in {Tier.CRITICAL, Tier.ELEVATED} or not any(library.triggered_by(intent)):
            topics.add(intent)
    return frozenset(topics)


@dataclass(frozen=True, slots=True)
class _Scope:
    library: FlowLibrary
    tiers: Mapping[str, Tier]
    phrases: Mapping[str, Mapping[str, str]]
    topics: Collection[str]


def _built_in(scope: _Scope) -> Iterator[Problem]:
    flows = scope.library.flows
    for name in sorted({*triggers.BUILT_IN, *triggers.COMMANDS.values()}):
        if name not in flows:
            yield Problem("flows", 0, f"the flow `{name}` is missing", "the engine needs it")
    for name in ASIDE:
        for flow in _reach(scope.library, name):
            for step in flow.steps.values():
                if isinstance(step, CollectStep):
                    what = f"`{name}` asks a question, over the one that is open"
                    yield Problem(flow.file, step.line, what, "say it without a question")


def _intents(scope: _Scope) -> Iterator[Problem]:
    library = scope.library
    for flow in library.flows.values():
        for trigger in flow.triggers:
            if trigger.intent not in scope.tiers:
                what = f"there is no intent `{trigger.intent}`"
                yield Problem(flow.file, flow.line, what, "mend it, or add it to nlu/tiers.yml")
    for intent in scope.tiers:
        started = [flow for flow, _ in library.triggered_by(intent)]
        if not started and intent not in scope.topics:
            what = f"the intent `{intent}` leads nowhere"
            yield Problem("flows", 0, what, "write a flow or an answer file of its name")
        for first, second in pairwise(started):
            if first.guard is None:
                what = f"`{intent}` never starts this flow: `{first.id}` takes it"
                mend = "give the other flow an `if`"
                yield Problem(second.file, second.line, what, mend, Severity.WARNING)


def _flows(scope: _Scope) -> Iterator[Problem]:
    library = scope.library
    started = {*triggers.BUILT_IN, *triggers.COMMANDS.values()}
    started |= {flow.id for flow in library.flows.values() if flow.triggers}
    for flow in library.flows.values():
        started |= {step.flow for step in flow.steps.values() if isinstance(step, LinkStep)}
    for choice in _choices(library, made=True):
        payload = payloads.read(choice.payload)
        if isinstance(payload, payloads.SetSlots):
            for slot, _ in payload.pairs:
                collecting = library.collecting(slot)
                started |= {collecting[0].id} if len(collecting) == 1 else set()
    for flow in library.flows.values():
        if flow.id not in started:
            mend = "give it an `nlu_trigger`, a `link` or a button"
            what = f"nothing starts the flow `{flow.id}`"
            yield Problem(flow.file, flow.line, what, mend, Severity.WARNING)
        if circle := _circle(flow):
            what = f"the steps from `{circle.id}` run in a circle without a question"
            mend = "ask something in it, or end it"
            yield Problem(flow.file, circle.line, what, mend, Severity.WARNING)


def _circle(flow: Flow) -> Step | None:
    """Find a step that leads back to itself without a question between."""
    for start in flow.steps.values():
        seen: set[str] = set()
        waiting = [] if isinstance(start, CollectStep) else [start]
        while waiting:
            for branch in waiting.pop().branches:
                step = flow.steps.get(branch.target)
                if step is start:
                    return start
                if step and not isinstance(step, CollectStep) and step.id not in seen:
                    seen.add(step.id)
                    waiting.append(step)
    return None


def _steps(scope: _Scope) -> Iterator[Problem]:
    for flow in scope.library.flows.values():
        for step in flow.steps.values():
            if isinstance(step, ActionStep) and step.action.startswith("answer_"):
                topic = step.action.removeprefix("answer_")
                if topic not in scope.topics:
                    what = f"there is no answer `{topic}`"
                    yield Problem(flow.file, step.line, what, f"write content/answers/{topic}/")
            elif isinstance(step, CollectStep):
                yield from _question(scope, flow, step)


def _question(scope: _Scope, flow: Flow, step: CollectStep) -> Iterator[Problem]:
    """A question that nothing can answer is a dead end; one without buttons is hard to answer."""
    library = scope.library
    if step.prompt in actions.ACTIONS:
        return
    buttons = [
        choice for found in library.response(step.prompt).variations for choice in found.choices
    ]
    fills = any(step.slot in _filled_by(choice) for choice in buttons)
    said = any(
        mapping.source is not Source.CONTROLLED
        and (not mapping.active_flows or flow.id in mapping.active_flows)
        for mapping in library.slots[step.slot].mappings
    )
    if not fills and not said:
        what = f"nothing can answer the question for `{step.slot}`"
        yield Problem(flow.file, step.line, what, "add a mapping to the slot, or buttons")
    elif not fills:
        what = f"the question for `{step.slot}` has no button that answers it"
        mend = "add buttons: people are afraid, and screens small"
        yield Problem(flow.file, step.line, what, mend, Severity.WARNING)


def _filled_by(choice: Choice) -> frozenset[str]:
    payload = payloads.read(choice.payload)
    pairs = payload.pairs if isinstance(payload, payloads.SetSlots) else ()
    return frozenset(name for name, _ in pairs)


def _buttons(scope: _Scope) -> Iterator[Problem]:
    library = scope.library
    for response in library.responses.values():
        for variation in response.variations:
            for choice in variation.choices:
                payload = payloads.read(choice.payload)
                lost = None
                if isinstance(payload, payloads.GiveAnswer) and payload.topic not in scope.topics:
                    lost = f"there is no answer `{payload.topic}`"
                if isinstance(payload, payloads.StartIntent):
                    flows = any(library.triggered_by(payload.intent))
                    if not flows and payload.intent not in scope.topics:
                        lost = f"the intent `{payload.intent}` leads nowhere"
                if lost:
                    mend = "mend the payload"
                    yield Problem(response.file, variation.line, f"a button: {lost}", mend)


def _phrases(scope: _Scope) -> Iterator[Problem]:
    places = {
        variation.phrase: (response.file, variation.line)
        for response in scope.library.responses.values()
        for variation in response.variations
    }
    for key in sorted(needed_phrases(scope.library, scope.tiers)):
        file, line = places.get(key, ("flows", 0))
        for language, texts in scope.phrases.items():
            if key not in texts:
                mend = f"add it to content/phrases/{language}.yml"
                yield Problem(file, line, f"the phrase `{key}` is missing in {language}", mend)
                continue
            known = {*scope.library.slots, triggers.NEED}
            for name in sorted(set(_VARIABLE.findall(texts[key])) - known):
                what = f"the phrase `{key}` ({language}) names `{name}`, which is no slot"
                yield Problem(file, line, what, "declare the slot, or mend the phrase")


def _slots(scope: _Scope) -> Iterator[Problem]:
    library = scope.library
    used: set[str] = set()
    for name in _actions(library):
        used |= actions.SETS.get(name, frozenset())
    for flow in library.flows.values():
        used |= flow.filled()
        for step in flow.steps.values():
            used.update(*(branch.condition.slots for branch in step.branches if branch.condition))
            if isinstance(step, SetSlotsStep):
                used |= {name for name, _ in step.values}
    for slot in library.slots.values():
        if slot.name not in used:
            what = f"nothing asks for, sets or reads the slot `{slot.name}`"
            yield Problem(slot.file, slot.line, what, "remove it", Severity.WARNING)
        keeping = {slot.name in flow.persisted for flow in library.collecting(slot.name)}
        if len(keeping) > 1:
            what = f"some flows keep `{slot.name}` when they end, others forget it"
            mend = "list it in `persisted_slots` of all that ask for it, or of none"
            yield Problem(slot.file, slot.line, what, mend, Severity.WARNING)


_VARIABLE: Final = re.compile(r"(?<!\{)\{([a-z][a-z0-9_]*)\}")


def _reach(library: FlowLibrary, name: str) -> Iterable[Flow]:
    """Give a flow and those that links lead to from it."""
    reached: dict[str, Flow] = {}
    waiting = [name]
    while waiting:
        flow = library.flows.get(waiting.pop())
        if flow is not None and flow.id not in reached:
            reached[flow.id] = flow
            waiting += [step.flow for step in flow.steps.values() if isinstance(step, LinkStep)]
    return reached.values()


def _actions(library: FlowLibrary) -> Iterator[str]:
    for flow in library.flows.values():
        for step in flow.steps.values():
            if isinstance(step, ActionStep):
                yield step.action
            elif isinstance(step, CollectStep):
                yield step.prompt


def _responses(library: FlowLibrary) -> Iterator[Response]:
    yield from library.responses.values()
    for flow in library.flows.values():
        for step in flow.steps.values():
            if isinstance(step, CollectStep):
                yield from (library.response(refusal.utter) for refusal in step.rejections)
    for name in _actions(library):
        if name.startswith("utter_"):
            yield library.response(name)


def _choices(library: FlowLibrary, *, made: bool = False) -> Iterator[Choice]:
    """Give the buttons of all responses; with `made` also those that actions make, as samples."""
    for response in library.responses.values():
        for variation in response.variations:
            yield from variation.choices
    if made and "action_offer_resume" in _actions(library):
        yield Choice(payloads.set_slot("go_on", "true"))
