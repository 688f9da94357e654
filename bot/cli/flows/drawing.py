"""Draws flows as pictures: one of each, and one of how they lead to one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.cli.flows import cards, layout
from bot.cli.flows import svg as paint
from bot.cli.flows.cards import Card, Line, Wire
from bot.cli.flows.layout import Arrow
from bot.cli.flows.svg import Picture
from bot.content.library import Library
from bot.domain.events import Choice
from bot.flows import payloads, triggers
from bot.flows.definition import CollectStep, Flow, FlowLibrary, LinkStep

EVERYWHERE = frozenset({triggers.HUMAN_HANDOFF, triggers.COMMANDS["menu"]})
"""Flows to which nearly every other leads with a button."""


def svg(
    flow: Flow, library: FlowLibrary, content: Library, href: Callable[[str], str] = "#{}".format
) -> str:
    """Draw a flow: a picture that needs nothing beside it, with the English texts.

    `href` gives the address to which a box leads that goes on in another flow, from its id.
    """
    boxes, wires = cards.of_flow(flow, library, content)
    return paint.painted(_placed(flow.id, flow.description, boxes, wires), href)


def overview(library: FlowLibrary, href: Callable[[str], str] = "#{}".format) -> str:
    """Draw how the flows lead to one another: by their last step, or by a button."""
    ways = _ways(library)
    known = {name for way in ways for name in way}
    boxes = {
        flow.id: Card("says", flow.id, "", (Line("text", flow.description),), leads_to=flow.id)
        for flow in library.flows.values()
        if flow.id in known
    }
    wires = [Wire(one, other) for one, other in ways]
    about = (
        "An arrow: a flow goes on in another one, or has a button that begins it. The buttons to "
        "the menu and to a person are nearly everywhere; they are not drawn."
    )
    title = "How the flows lead to one another"
    return paint.painted(_placed(title, about, boxes, wires, sideways=True), href)


def _placed(
    title: str,
    about: str,
    boxes: Mapping[str, Card],
    wires: Sequence[Wire],
    *,
    sideways: bool = False,
) -> Picture:
    sizes = {name: paint.measure(card) for name, card in boxes.items()}
    arrows = [Arrow(w.source, w.target, paint.measure_label(w.label)) for w in wires]
    placed = layout.place(sizes, arrows, sideways=sideways)
    labels = tuple(wire.label for wire in wires)
    return Picture(title, about, tuple(boxes.values()), labels, placed)


def _ways(library: FlowLibrary) -> list[tuple[str, str]]:
    """Give the ways from flow to flow, but those that lead from everywhere."""
    found: dict[tuple[str, str], None] = {}
    for flow in library.flows.values():
        for other in _next(flow, library):
            if other not in {flow.id, *EVERYWHERE}:
                found[flow.id, other] = None
    return list(found)


def _next(flow: Flow, library: FlowLibrary) -> Iterator[str]:
    for step in flow.steps.values():
        if isinstance(step, LinkStep):
            yield step.flow
        said = step.prompt if isinstance(step, CollectStep) else getattr(step, "action", "")
        if said.startswith("utter_"):
            for variation in library.response(said).variations:
                for choice in variation.choices:
                    yield from _begun(choice, library)


def _begun(choice: Choice, library: FlowLibrary) -> Iterator[str]:
    payload = payloads.read(choice.payload)
    if isinstance(payload, payloads.StartIntent):
        yield from (flow.id for flow, _ in library.triggered_by(payload.intent))
    elif isinstance(payload, payloads.SetSlots):
        for slot, _ in payload.pairs:
            asking = library.collecting(slot)
            yield from (flow.id for flow in asking if len(asking) == 1)
