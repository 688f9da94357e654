"""What stands in each box of a flow's picture, and on each arrow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.cli.flows import words
from bot.cli.flows.words import English
from bot.content.library import Library
from bot.flows import payloads, triggers
from bot.flows.definition import (
    END,
    ActionStep,
    CollectStep,
    Flow,
    FlowLibrary,
    LinkStep,
    SetSlotsStep,
    Step,
)

START: Final = "start"
"""Name of the box in which a flow begins; no step can be called so (`steps.py` reserves START)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of a box: `text`, a small `note`, or the title of a `button`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """One box."""

    kind: str
    """`start`, `question`, `says`, `answer`, `action`, `link` or `end`: how it is painted."""
    head: str
    step: str
    """The step's id, written in small; empty for what is no step."""
    lines: tuple[Line, ...] = ()
    leads_to: str = ""
    """A flow whose picture it leads to."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One arrow."""

    source: str
    target: str
    label: str = ""


def of_flow(
    flow: Flow, library: FlowLibrary, content: Library
) -> tuple[dict[str, Card], list[Wire]]:
    """Give the boxes of a flow by name, the start first, and its arrows."""
    english = English(content)
    begin = START.upper()
    cards = {begin: _start(flow, library, english)}
    wires = [Wire(begin, flow.first)]
    for step in flow.steps.values():
        cards[step.id] = _card(step, library, english)
        labels = (
            english.branches(step, library)
            if isinstance(step, CollectStep)
            else [words.branch_label(branch, step.branches) for branch in step.branches]
        )
        for branch, label in zip(step.branches, labels, strict=True):
            target = branch.target
            if target == END:
                # An end of its own for each: arrows to one end for all would cross everything.
                target = f"{END} {len(cards)}"
                cards[target] = Card("end", "End", "")
            wires.append(Wire(step.id, target, label))
    return cards, wires


def _start(flow: Flow, library: FlowLibrary, english: English) -> Card:
    lines = [Line("note", "Somebody writes about:")] if flow.triggers else []
    lines += [Line("text", english.intent(trigger.intent)) for trigger in flow.triggers]
    commands = [f"/{name}" for name, started in triggers.COMMANDS.items() if started == flow.id]
    if commands:
        lines.append(Line("note", f"Somebody sends: {', '.join(commands)}"))
    titles = list(dict.fromkeys(_buttons_to(flow, library, english)))
    if titles:
        lines.append(Line("note", "Somebody presses:"))
        lines += [Line("button", title) for title in titles]
    linked = [other.id for other in library.flows.values() if flow.id in _links(other)]
    if linked:
        lines.append(Line("note", f"Other flows lead here: {', '.join(linked)}"))
    if flow.id in triggers.BUILT_IN:
        lines.append(Line("note", "The line begins it by itself."))
    if flow.guard is not None:
        lines.append(Line("note", f"Only if {words.condition(flow.guard)}"))
    return Card("start", "Begins when", "", tuple(lines))


def _links(flow: Flow) -> set[str]:
    return {step.flow for step in flow.steps.values() if isinstance(step, LinkStep)}


def _buttons_to(flow: Flow, library: FlowLibrary, english: English) -> Iterator[str]:
    """Give the buttons of other flows that fill a slot which only this flow asks for."""
    own = {step.prompt for step in flow.questions()}
    for response in library.responses.values():
        for variation in response.variations if response.name not in own else ():
            for choice in variation.choices:
                payload = payloads.read(choice.payload)
                pairs = payload.pairs if isinstance(payload, payloads.SetSlots) else ()
                if any(library.collecting(slot) == (flow,) for slot, _ in pairs):
                    yield english.title(choice)


def _card(step: Step, library: FlowLibrary, english: English) -> Card:
    if isinstance(step, CollectStep):
        return Card("question", "Asks", step.id, tuple(_question(step, library, english)))
    if isinstance(step, LinkStep):
        text = Line("text", library.flows[step.flow].description)
        return Card("link", f"Goes on in {step.flow}", step.id, (text,), leads_to=step.flow)
    if isinstance(step, SetSlotsStep):
        lines = (
            Line("text", f"{name.replace('_', ' ')}: {'forgotten' if value is None else value}")
            for name, value in step.values
        )
        return Card("action", "Notes", step.id, tuple(lines))
    if isinstance(step, ActionStep):
        return _done(step, library, english)
    return Card("action", "Looks at what is known", step.id)


def _done(step: ActionStep, library: FlowLibrary, english: English) -> Card:
    if step.action.startswith("utter_"):
        return Card("says", "Says", step.id, tuple(_said(step.action, library, english)))
    if not step.action.startswith("answer_"):
        return Card("action", "Does", step.id, (Line("text", words.action(step.action)),))
    topic = step.action.removeprefix("answer_")
    lines = [Line("text", english.beginning(topic))]
    if countries := english.countries(topic):
        lines.append(Line("note", f"Own pages for: {countries}"))
    return Card("answer", f"Gives the page {topic}", step.id, tuple(lines))


def _question(step: CollectStep, library: FlowLibrary, english: English) -> Iterator[Line]:
    if step.prompt.startswith("utter_"):
        yield from _said(step.prompt, library, english)
    else:
        yield Line("text", english.phrase(f"ask_{step.slot}"))
        yield Line("note", words.action(step.prompt))
    for rejection in step.rejections:
        variations = library.response(rejection.utter).variations
        said = " / ".join(english.phrase(variation.phrase) for variation in variations)
        yield Line("note", f"Not taken if {words.condition(rejection.condition)}: “{said}”")
    yield Line(
        "note", "Asked even when known." if step.ask_before_filling else "Skipped when known."
    )


def _said(name: str, library: FlowLibrary, english: English) -> Iterator[Line]:
    """Give the texts of a response, and its buttons once where all have the same."""
    variations = library.response(name).variations
    same = len({variation.choices for variation in variations}) == 1
    for variation in variations:
        if len(variations) > 1:
            when = words.condition(variation.condition) if variation.condition else words.OTHERWISE
            yield Line("note", f"If {when}:" if variation.condition else f"{when.capitalize()}:")
        yield Line("text", english.phrase(variation.phrase))
        if not same:
            yield from (Line("button", english.title(choice)) for choice in variation.choices)
    if same:
        yield from (Line("button", english.title(choice)) for choice in variations[0].choices)
