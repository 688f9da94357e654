"""Understands what is typed into a played flow, as the line would: loads the model when asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from bot import replies, triage
from bot.cli.content.preview.talk import Act, Talk
from bot.cli.understand import WITHOUT_EXPORT
from bot.domain.messages import Kind
from bot.domain.understanding import Decision
from bot.flows import filling, triggers
from bot.flows.state import Policy, TurnInput
from bot.nlu import needs
from bot.nlu.danger import LexiconError
from bot.nlu.entities.files import GazetteerError
from bot.nlu.understand import EXPORT, TiersError, Understander


class Ears:
    """The model, once somebody has written something; without one there are only buttons."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loading: asyncio.Task[Understander | None] | None = None

    @property
    def are_there(self) -> bool:
        """Whether there is a model, and none that turned out to be damaged."""
        tried = self._loading is not None and self._loading.done()
        return (self._folder / EXPORT).is_file() and (not tried or self._loaded is not None)

    async def policy(self, usual: Policy) -> Policy:
        """Give the engine's settings, with the model's own lines once it is loaded."""
        if self._loaded is None:
            return usual
        lines = _lines(self._loaded)
        return replace(usual, did_you_mean=lines.unsure, cannot_handle=lines.guess)

    async def hear(self, talk: Talk, text: str, usual: Policy) -> Act | None:
        """Understand a text as an answer to what is open in a talk; None when nothing can."""
        if text.startswith("/"):
            command, _, rest = text[1:].partition(" ")
            return Act(TurnInput(command=command, kind=Kind.COMMAND, text=rest), text, "a command")
        understander = await self._understander()
        if understander is None:
            return None
        lines = _lines(understander)
        found = await understander.understand(text)
        weighed = needs.weigh(
            found,
            understander.tiers,
            bar=lines.second,
            unsure=lines.unsure,
            first=triggers.EVERYWHERE,
        )
        given = TurnInput(
            text=text,
            intent=found.intent.name,
            confidence=found.intent.confidence,
            ranking=found.ranking,
            entities=found.entities,
            lead=weighed.lead if weighed.lead is not found.intent else None,
            also=weighed.also,
            written=found.language if replies.tells(text) else None,
        )
        policy = await self.policy(usual)
        reply = triage.reply_of(filling.names_beside(talk.flows, talk.state, given, policy))
        judged = triage.assess(found, understander.tiers, lines, reply)
        answers = reply is not triage.Reply.NO and judged.decision is not Decision.PAGE
        said = f"heard as {found.intent.name}, {found.intent.confidence:.0%} sure"
        if judged.decision is not Decision.NONE:
            said += f"; danger: {_DECISIONS[judged.decision]} (for {judged.reason})"
        return Act(replace(given, decision=judged.decision, answers=answers), text, said)

    async def close(self) -> None:
        """Let go of the model."""
        if self._loading is not None:
            understander = await self._loading
            if understander is not None:
                await understander.close()

    @property
    def _loaded(self) -> Understander | None:
        return self._loading.result() if self._loading and self._loading.done() else None

    async def _understander(self) -> Understander | None:
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        return await asyncio.shield(self._loading)

    async def _load(self) -> Understander | None:
        try:
            return await asyncio.to_thread(Understander.load, self._folder)
        except (GazetteerError, LexiconError, TiersError):
            return None


def _lines(understander: Understander) -> triage.Thresholds:
    found = understander.thresholds
    return triage.Thresholds(**found) if found else WITHOUT_EXPORT


_DECISIONS = {Decision.PAGE: "calls a human", Decision.ASK: "asks about it"}
