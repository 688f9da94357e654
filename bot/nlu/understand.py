"""From a text to an Understanding: the Rasa server, else the export, else the words alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import yaml

from bot import logs
from bot.domain.understanding import Decision, Entity, Intent, Piece, Tier, Understanding
from bot.nlu import needs
from bot.nlu.danger import Lexicon
from bot.nlu.embedded import Export, ExportError, Judgement
from bot.nlu.entities import Gazetteer
from bot.nlu.language import language_of
from bot.nlu.rasa import RasaClient, RasaError
from bot.nlu.text import normalise

UNKNOWN = Intent("out_of_scope", 0.0)
"""The intent of a text that no engine could read, or that holds nothing to read."""

EXPORT = Path("model") / "helpline.npz"
"""Where the export lies within `nlu/`."""


class TiersError(Exception):
    """The file of tiers can't be read; the message names it."""


class Understander:
    """Understands one text after another; safe to call from many tasks at once. `close` it.

    `tiers` holds the tier of each intent.
    """

    def __init__(
        self,
        *,
        export: Export | None,
        lexicon: Lexicon,
        gazetteer: Gazetteer,
        tiers: Mapping[str, Tier],
        rasa: RasaClient | None = None,
    ) -> None:
        """Take the parts. Without an export and without Rasa only danger words are understood."""
        self.tiers = tiers
        self._export = export
        self._lexicon = lexicon
        self._gazetteer = gazetteer
        self._rasa = rasa
        # A text keeps one processor core busy; more threads than cores would only take turns.
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="nlu")

    @classmethod
    def load(
        cls, folder: Path, *, rasa_url: str | None = None, rasa_token: str | None = None
    ) -> Self:
        """Read everything below `nlu/`; about 0.5 s.

        A missing or damaged export is logged and done without: danger words still work. Raises
        LexiconError, GazetteerError or TiersError if another file is damaged.
        """
        export: Export | None = None
        try:
            export = Export.load(folder / EXPORT)
        except ExportError as error:
            logs.get().error("nlu_export_unusable", cause=logs.where(error))
        tiers = export.tiers if export else _read_tiers(folder / "tiers.yml")
        return cls(
            export=export,
            lexicon=Lexicon.load(folder / "danger"),
            gazetteer=Gazetteer.load(folder / "entities"),
            tiers=tiers,
            rasa=RasaClient(rasa_url, tiers, token=rasa_token) if rasa_url else None,
        )

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Triage's lines, drawn by training: `page`, `ask`, `unsure`, and others that it knows
        (`bot.triage.Thresholds`); empty without an export.
        """
        return self._export.thresholds if self._export else {}

    async def understand(self, text: str) -> Understanding:
        """Understand a text; never raises for any text, and waits 2 s for Rasa at most."""
        judgement, engine = await self._judge(text)
        loop = asyncio.get_running_loop()
        danger, entities, language = await loop.run_in_executor(self._pool, self._read, text)
        pieces = await loop.run_in_executor(self._pool, self._judge_pieces, text)
        return Understanding(
            intent=judgement.ranking[0] if judgement else UNKNOWN,
            ranking=judgement.ranking if judgement else (),
            entities=entities,
            language=language,
            urgency=judgement.urgency if judgement else 0.0,
            danger_words=danger,
            pieces=pieces,
            engine=engine,
        )

    def named(self, text: str) -> tuple[Entity, ...]:
        """What a text names, without a model: places, people, days, phone numbers."""
        return self._gazetteer.find(text)

    async def close(self) -> None:
        """Let go of connections and threads."""
        if self._rasa:
            await self._rasa.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _judge(self, text: str) -> tuple[Judgement | None, str]:
        if not normalise(text):
            return None, "words"
        if self._rasa:
            try:
                return await self._rasa.judge(text), "rasa"
            except RasaError as error:
                logs.get().warning("rasa_unavailable", cause=str(error))
        if self._export:
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._pool, self._export.judge, text), "export"
            except ExportError as error:
                logs.get().error("nlu_export_unusable", cause=logs.where(error))
        return None, "words"

    def _judge_pieces(self, text: str) -> tuple[Piece, ...]:
        """Judge the clauses of a longer text, by the export whatever engine judges the whole."""
        if self._export is None:
            return ()
        try:
            judged = [self._export.judge(piece) for piece in needs.split(text)]
        except ExportError:  # has been said in the log when the whole text was judged
            return ()
        return tuple(Piece(found.ranking[0], found.urgency) for found in judged)

    def _read(self, text: str) -> tuple[Decision, tuple[Entity, ...], str | None]:
        danger = self._lexicon.decide(text)
        try:
            likely = self._export.languages_of(text) if self._export else {}
            return danger, self._gazetteer.find(text), language_of(text, likely)
        # Names and languages are a convenience: no fault in finding them may hide a danger word.
        except Exception as error:  # noqa: BLE001
            logs.get().error("reading_failed", cause=logs.where(error))
            return danger, (), None


def _read_tiers(path: Path) -> dict[str, Tier]:
    try:
        tiers = yaml.safe_load(path.read_text(encoding="utf-8"))["tiers"]
        return {intent: Tier(tier) for tier, intents in tiers.items() for intent in intents}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise TiersError(f"{path} can't be read ({type(error).__name__})") from error
