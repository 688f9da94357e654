"""Where a conversation goes whose question or flow is gone; checks that the files say it.

A conversation keeps the version of the flows that it began with, so an edit moves nobody. Only
when that version can be used no more (it names an action that the code has lost, or its source
is gone) do today's flows take over. A conversation waits at questions only, so only they, and
the flows that ask some, need a successor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.domain.problems import Problem
from bot.flows.definition import END, CollectStep, Flow, FlowLibrary
from bot.flows.state import Frame


def check(old: FlowLibrary, new: FlowLibrary) -> list[Problem]:
    """List the questions and flows of `old` that `new` lacks without saying what follows them.

    Every problem is an error. A successor that does not exist is refused by the loader already.
    """
    return sorted({problem for flow in old.flows.values() for problem in _lost(flow, new)})


def still_known(library: FlowLibrary, frames: Sequence[Frame]) -> list[Frame]:
    """Give the frames as these flows know them; what has no place in them is dropped.

    A question that another one replaced is asked; the same question goes on being open. Where the
    one that waits for the contact has no place, the one below it is asked again before an answer
    counts: the contact's next "yes" is to what they were asked last.
    """
    kept: list[Frame] = []
    for frame in frames:
        found = _place(library, frame)
        if found is not None and all(other.flow != found.flow for other in kept):
            kept.append(found)
    if kept and kept[-1] != _place(library, frames[-1]):
        kept[-1] = replace(kept[-1], asked=False)
    return kept


def _lost(flow: Flow, new: FlowLibrary) -> Iterator[Problem]:
    heir = new.flows.get(flow.id) or new.flows.get(new.successors.get(flow.id, END))
    if heir is not None:
        for step in flow.questions():
            yield from _lost_question(step, heir, renamed=heir.id != flow.id)
    elif flow.id not in new.successors and any(flow.questions()):
        what = f"the flow `{flow.id}` is gone, and somebody may be waiting at one of its questions"
        mend = f"write `successors: {{{flow.id}: <another flow, or END>}}` in any flow file"
        yield Problem(flow.file, 0, what, mend)


def _lost_question(step: CollectStep, heir: Flow, *, renamed: bool) -> Iterator[Problem]:
    now = heir.steps.get(step.id)
    if isinstance(now, CollectStep) and now.slot != step.slot:
        # Somebody's answer to the old question would be taken for one to the new.
        what = f"the question `{step.id}` asked for `{step.slot}`, and now for `{now.slot}`"
        mend = f"give it another id, and write `successors: {{{step.id}: <that id>}}` in the flow"
        yield Problem(heir.file, now.line, what, mend)
    elif not renamed and step.id not in heir.successors and _question(heir, step.id) is None:
        what = f"the question `{step.id}` is gone, and somebody may be waiting at it"
        mend = (
            f"write `successors: {{{step.id}: <another question, or END>}}` in the flow `{heir.id}`"
        )
        yield Problem(heir.file, heir.line, what, mend)


def _place(library: FlowLibrary, frame: Frame) -> Frame | None:
    flow = library.flows.get(frame.flow)
    if flow is not None:
        return _within(flow, frame)
    flow = library.flows.get(library.successors.get(frame.flow, END))
    if flow is None:
        return None
    if frame.step in flow.successors or _question(flow, frame.step) is not None:
        return _within(flow, replace(frame, flow=flow.id))
    return Frame(flow.id, flow.first, intent=frame.intent, reason=frame.reason)


def _within(flow: Flow, frame: Frame) -> Frame | None:
    """Find the frame's place in the flow that has or takes it."""
    declared = flow.successors.get(frame.step)
    if declared is not None:
        if declared == END:
            return None
        return replace(frame, step=declared, asked=False)
    question = _question(flow, frame.step)
    if question is not None:
        return replace(frame, step=question.id)
    # A flow that took the place of another may not have come to its first question yet.
    return frame if frame.step == flow.first and not frame.asked else None


def _question(flow: Flow, step: str) -> CollectStep | None:
    """Find the question of an id; one without an id of its own is known by its slot."""
    found = flow.steps.get(step)
    if isinstance(found, CollectStep):
        return found
    for pattern in ("collect_{}", r"collect_{}_\d+"):
        for question in flow.questions():
            if re.fullmatch(pattern.format(re.escape(question.slot)), step):
                return question
    return None
