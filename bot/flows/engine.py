"""Decides what one message does to the flows of a conversation: state and input in, events out.

The order in which a message is heard (flow-syntax.md, section 13, gives the reasons):

1. A pressed button, a command, a flow that the caller forces.
2. A message of a critical intent, or one that triage paged for, leaves every flow. One that
   triage wants asked about is asked about first: are you in danger now? Where that was asked
   already, a human is told.
3. A human, another language, the wish to be forgotten: in every state.
4. With a question open: its answer; else a new need, after which the question comes again;
   else a miss: the question is repeated once, then the menu and a human are offered.
5. Without: the flow or the answer of its intent; when unsure, "did you mean"; else the menu.
6. A second need of the message, or one that an answer may have held, is offered with a button.
   A language that the contact keeps writing in is offered once (`switch.py`).
"""

from __future__ import annotations

from bot.domain.events import (
    Answered,
    Choice,
    HumanCalled,
    MissionShown,
    Said,
    WipeRequested,
)
from bot.domain.messages import Kind
from bot.domain.understanding import Decision, Tier
from bot.flows import buttons, misplaced, outgoing, payloads, switch, triggers, unhelpful
from bot.flows.actions import likely_intents
from bot.flows.conditions import Scope
from bot.flows.definition import FlowLibrary, Source
from bot.flows.filling import Found, in_answer, says_beside
from bot.flows.machine import Machine
from bot.flows.state import Facts, FlowState, Outcome, Policy, TurnInput
from bot.flows.triggers import Give, Heard, Move, StartFlow


def advance(
    library: FlowLibrary, state: FlowState, turn: TurnInput, facts: Facts, policy: Policy
) -> Outcome:
    """Let one message act on a conversation. Pure, and never raises for what a contact sends.

    `library` is the version that `state` began with, while `state.frames` or `state.parked`
    hold something; else the current one. At least one event of every outcome is something said.
    """
    machine = Machine(library, state, turn, facts, policy)
    _Hearing(machine, state, turn, facts, policy).hear()
    outcome = unhelpful.offer(library, turn, machine.outcome(), policy)
    return switch.notice(state, turn, outcome, facts)


class _Hearing:
    def __init__(
        self, machine: Machine, state: FlowState, turn: TurnInput, facts: Facts, policy: Policy
    ) -> None:
        self._machine = machine
        self._state = state
        self._turn = turn
        self._facts = facts
        self._policy = policy
        self._ask_danger = False
        self._also = turn.also if turn.also != turn.need()[0] else None

    def hear(self) -> None:
        first = not self._state.greeted
        if first and self._is_small_talk():
            reason = "unclear" if self._is_unclear() else "hello"
            self._machine.aside(triggers.SESSION_START, reason)
            return
        self._dispatch()
        self._machine.run()
        if self._ask_danger and self._wants_to_erase():
            # Who wants this gone may have seconds: that question first, with a way to a human.
            outgoing.add_button(self._machine.events, outgoing.NEED_SOMEONE)
        elif self._ask_danger:
            self._machine.withhold_question()
            self._start(StartFlow(triggers.DANGER_CHECK, self._turn.need()[0] or None))
            self._machine.run()
        self._offer_other_need()
        if not any(isinstance(event, _SAYING) for event in self._machine.events):
            self._machine.aside(triggers.CANNOT_HANDLE, "unknown")
        if first and not outgoing.offers_languages(self._machine.events):
            self._machine.aside(triggers.SESSION_START, "need")

    def _dispatch(self) -> None:
        turn = self._turn
        if turn.payload is not None:
            self._press(turn.payload)
        elif turn.command is not None:
            move = triggers.of_command(self._machine.library, turn.command)
            if move is None:
                self._machine.aside(triggers.CANNOT_HANDLE, "command")
            else:
                self._start(move)
        elif turn.forced_flow in {None, triggers.DANGER_CHECK, triggers.DANGER}:
            self._hear_message(Heard(*turn.need()))
        else:
            self._start(StartFlow(turn.forced_flow or "", turn.intent))

    def _hear_message(self, heard: Heard) -> None:
        forced = self._turn.forced_flow
        paged = self._turn.decision is Decision.PAGE or forced == triggers.DANGER
        in_danger = self._in_danger()
        # Triage asks about a danger that may be past; said again, it is heard as one of now.
        asked = self._is_asked_about() and not in_danger
        answers = self._turn.answers and self._machine.question() is not None
        own = Heard(self._turn.intent or "", self._turn.confidence)
        if paged or (triggers.is_critical(own, self._policy) and not (asked or answers)):
            self._danger(heard.intent)
            return
        if in_danger:
            heard = self._told_in_danger(heard, own)
        self._ask_danger = asked if answers else self._may_be_danger(heard) and not in_danger
        if answers:
            self._hear_at_question(heard)
            return
        if self._ask_danger and self._policy.tier(heard.intent) is Tier.CRITICAL:
            return
        if self._turn.kind not in _WORDS and not heard.intent:
            self._hear_attachment()
        elif self._machine.question() is not None:
            self._hear_at_question(heard)
        else:
            self._hear_need(heard)

    def _in_danger(self) -> bool:
        return self._machine.has(triggers.DANGER, triggers.DANGER_CHECK, triggers.DANGER_QUESTION)

    def _told_in_danger(self, heard: Heard, own: Heard) -> Heard:
        """Take in what triage would ask about, when that was asked already; what is left to hear.

        A human is told, unless the question is just open: then the answer to it counts. A clause
        never pages, not by the flow of its intent either.
        """
        if self._is_asked_about() and not self._is_danger_asked():
            self._machine.events.append(HumanCalled(heard.intent or "urgency", urgent=True))
        return own if self._policy.tier(heard.intent) is Tier.CRITICAL else heard

    def _is_danger_asked(self) -> bool:
        """Say whether the open question is whether they are in danger."""
        frames = self._machine.frames
        return bool(frames) and frames[-1].flow == triggers.DANGER_QUESTION

    def _is_asked_about(self) -> bool:
        forced = self._turn.forced_flow == triggers.DANGER_CHECK
        return forced or self._turn.decision is Decision.ASK

    def _may_be_danger(self, heard: Heard) -> bool:
        if self._is_asked_about():
            return True
        # Not sure enough to page, too grave to pass over: one question settles it.
        grave = self._policy.tier(heard.intent) is Tier.CRITICAL
        return grave and not self._policy.is_lost(heard.confidence)

    def _danger(self, intent: str) -> None:
        """Leave everything for the danger; in the flow about it, take the message as more of it."""
        machine = self._machine
        move = self._move(Heard(intent, 1.0, forced=True))
        critical = self._policy.tier(intent) is Tier.CRITICAL
        flow = move.flow if critical and isinstance(move, StartFlow) else triggers.DANGER
        if machine.frames and machine.frames[-1].flow == flow:
            found = self._answer()
            if found is not None and found.source in {Source.TEXT, Source.ENTITY}:
                self._fill(found)
            if intent != machine.frames[-1].intent:
                machine.advise(intent)
        else:
            if not self._in_danger():  # what was said in one of another day is not of now
                machine.fill(triggers.TOWN, None)
            machine.park()
            if flow in machine.library.flows:
                machine.start(StartFlow(flow, intent))
            else:
                machine.give(intent)
        # Whatever a flow file says or forgets to say: a human is called.
        machine.events.insert(0, HumanCalled(intent or "urgency", urgent=True))

    def _hear_attachment(self) -> None:
        found = self._answer()
        if found is not None:
            self._fill(found)
        elif self._machine.question() is None or not misplaced.take(
            self._machine, self._turn, self._policy
        ):
            self._machine.aside(triggers.ATTACHMENT, self._turn.kind.value)

    def _hear_at_question(self, heard: Heard) -> None:
        found = self._answer()
        apart = heard.intent not in triggers.EVERYWHERE or says_beside(self._turn) == 0
        if found is None and apart and misplaced.take(self._machine, self._turn, self._policy):
            return
        move = self._need(heard)
        sure = heard.confidence >= self._policy.digress
        if found is not None and self._turn.answers:
            move = self._beside_name(heard, move if sure else None)
        if found is not None and self._is_doubted(found):
            self._also = heard.intent if self._policy.is_need(heard.intent) else self._also
            self._machine.missed()
        elif found is not None and self._is_answer(found, sure=sure and move is not None):
            if heard.intent in triggers.EVERYWHERE and found.source is not Source.INTENT and move:
                self._act(move)
            else:
                self._take_answer(found, heard, move, sure=sure)
        elif move is not None:
            self._digress(heard, move)
        elif not self._ask_danger:
            self._miss(heard)

    def _beside_name(self, heard: Heard, move: Move | None) -> Move | None:
        """Give what is heard beside a name that answers; another need is offered.

        What the classifier makes of a bare name does not count. Triage asks about danger.
        """
        if move is None or says_beside(self._turn) == 0:
            return None
        if heard.intent in triggers.EVERYWHERE:
            return move
        if self._policy.tier(heard.intent) is not Tier.CRITICAL:
            self._also = heard.intent
        return None

    def _is_doubted(self, found: Found) -> bool:
        """Say whether it is a no to the question of danger that triage would ask about again."""
        no = found.value is False and self._is_danger_asked()
        return no and self._is_asked_about()

    def _take_answer(self, found: Found, heard: Heard, move: Move | None, *, sure: bool) -> None:
        grave = self._machine.frames[-1].flow in _GRAVE
        filled = self._fill(found)
        beside = move is not None and not found.only_answer
        if beside and sure and not grave:
            self._act(move)
        elif not filled:
            self._machine.missed()
        elif beside:  # perhaps only the words of the answer, or one that nothing may bury
            self._also = heard.intent if sure else self._also or heard.intent

    def _digress(self, heard: Heard, move: Move) -> None:
        """Deal with what is no answer; small talk does not settle whether they are in danger."""
        machine = self._machine
        misses = machine.misses + 1
        needed = self._policy.is_need(heard.intent) or heard.intent in triggers.EVERYWHERE
        if needed or not self._is_danger_asked():
            self._act(move)
        elif misses >= self._policy.misses:
            machine.missed()
        else:
            self._act(move)
            machine.misses = misses

    def _miss(self, heard: Heard) -> None:
        """A message that neither answers the question nor is surely a need."""
        if self._is_own(self._move(heard)):
            self._machine.missed(aside=None)  # understood well: what it asks for is being done
        elif self._policy.is_need(heard.intent) and self._is_unclear():
            self._machine.missed((triggers.CLARIFICATION, "unclear"))
        else:
            self._machine.missed()

    def _is_answer(self, found: Found, *, sure: bool) -> bool:
        """Any words answer an open question for words, unless they are surely a new need."""
        return found.source is not Source.TEXT or not sure

    def _hear_need(self, heard: Heard) -> None:
        if misplaced.is_country(self._turn, self._policy):
            heard = Heard(triggers.EMBASSY, 1.0)
        move = self._move(heard)
        if move is not None:
            self._act(move)
        elif self._ask_danger:
            return
        elif self._is_unclear():
            self._machine.aside(triggers.CLARIFICATION, "unclear")
        else:
            self._machine.aside(triggers.CANNOT_HANDLE, "unknown")

    def _press(self, raw: str) -> None:
        payload = payloads.read(raw)
        if isinstance(payload, payloads.SetSlots):
            done = buttons.press(self._machine, payload.pairs, self._facts)
        elif isinstance(payload, payloads.StartIntent):
            done = self._press_intent(payload.intent)
        else:
            done = payload is not None and self._facts.answer_exists(payload.topic)
            if payload is not None and done:
                self._machine.give(payload.topic)
        if not done:
            self._machine.aside(triggers.CANNOT_HANDLE, "old_button")

    def _press_intent(self, intent: str) -> bool:
        heard = Heard(intent, 1.0, forced=True)
        if triggers.is_critical(heard, self._policy):
            self._danger(intent)
            return True
        move = self._move(heard)
        if move is not None:
            self._act(move)
        return move is not None

    def _answer(self) -> Found | None:
        if self._machine.question() is None:
            return None
        frame = self._machine.frames[-1]
        return in_answer(
            self._machine.library, frame, self._machine.slots, self._turn, self._policy
        )

    def _fill(self, found: Found) -> bool:
        question = self._machine.question()
        if question is None or not self._machine.fill(question.slot, found.value):
            return False
        if self._machine.frames[-1].flow == triggers.DANGER and question.slot == triggers.PLACE:
            # The desk was sent the message that paged, and no other: not yet the place.
            self._machine.events.append(HumanCalled("place"))
        return True

    def _need(self, heard: Heard) -> Move | None:
        """Give the new need of a message heard at a question; its own flow is none."""
        if heard.intent in triggers.NEVER_DIGRESS:
            return None
        move = self._move(heard)
        return None if self._is_own(move) else move

    def _is_own(self, move: Move | None) -> bool:
        return isinstance(move, StartFlow) and move.flow == self._machine.frames[-1].flow

    def _offer_other_need(self) -> None:
        """Offer the other need of the message with a button, unless it is being dealt with."""
        intent = self._also
        if intent is None or not self._policy.is_need(intent) or self._is_over():
            return
        move = self._move(Heard(intent, 1.0, forced=True))
        open_already = isinstance(move, StartFlow) and self._machine.has(move.flow)
        if move is not None and not open_already:
            choice = Choice(f"/{intent}", phrase=f"intent_{intent}")
            self._machine.offer(Said("also_wrote", {}, (choice,)))

    def _is_over(self) -> bool:
        """Say whether the contact was told to stop writing, or wants nothing of this kept."""
        return any(
            isinstance(event, WipeRequested)
            or (isinstance(event, Said) and event.phrase == _STOP_WRITING)
            for event in self._machine.events
        )

    def _move(self, heard: Heard) -> Move | None:
        machine = self._machine
        scope = Scope(machine.slots, {"intent": heard.intent})
        return triggers.of_intent(machine.library, heard, scope, self._facts, self._policy)

    def _act(self, move: Move | None) -> None:
        self._machine.misses = 0
        if isinstance(move, StartFlow):
            self._start(move)
        elif isinstance(move, Give):
            self._machine.give(move.topic)

    def _start(self, move: StartFlow) -> None:
        if move.flow in self._machine.library.flows:
            self._machine.start(move)
        else:
            self._machine.aside(triggers.CANNOT_HANDLE, "unknown")

    def _wants_to_erase(self) -> bool:
        frames = self._machine.frames
        on_top = bool(frames) and frames[-1].flow == triggers.WIPE
        return on_top and self._turn.intent == triggers.ERASE

    def _is_unclear(self) -> bool:
        """Say whether the message is worth a guess, and one with something to offer."""
        _, confidence = self._turn.need()
        if self._policy.is_sure(confidence) or self._policy.is_lost(confidence):
            return False
        return bool(likely_intents(self._turn, self._policy, self._machine.leads_somewhere))

    def _is_small_talk(self) -> bool:
        """Say whether a first message holds nothing to answer: then the line introduces itself."""
        turn = self._turn
        if turn.command is not None or turn.payload is not None or turn.forced_flow is not None:
            return False
        if turn.decision is not Decision.NONE or (turn.kind not in _WORDS and not turn.intent):
            return False
        heard = Heard(*turn.need())
        if self._may_be_danger(heard) or heard.intent in triggers.EVERYWHERE:
            return False
        return self._policy.tier(heard.intent) is Tier.DIALOGUE or self._move(heard) is None


_WORDS = frozenset({Kind.TEXT, Kind.COMMAND, Kind.BUTTON})
"""Kinds that say what they mean; the others are things that the line cannot look into."""
_GRAVE = frozenset({triggers.DANGER, triggers.DANGER_QUESTION, triggers.WIPE})
"""Flows whose answers are dealt with alone: a need beside them is offered, and buries nothing."""
_STOP_WRITING = "danger_quiet"
_SAYING = (Said, Answered, MissionShown)
