"""`helpline understand`: one text a line comes in, one JSON object a line goes out."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO, TextIO

from bot import settings, triage
from bot.domain.understanding import Assessment, Understanding
from bot.nlu.understand import Understander

WITHOUT_EXPORT = triage.Thresholds(page=1.1, ask=1.1, unsure=1.0)
"""When no engine understands: only danger words decide."""


def main(argv: Sequence[str]) -> int:
    """Answer every line, whatever it holds; exit status 0, or 1 if whoever reads us has gone."""
    parser = argparse.ArgumentParser(prog="helpline understand", description=__doc__)
    parser.parse_args(argv)
    try:
        asyncio.run(_run(settings.read(), sys.stdin.buffer, sys.stdout))
    except BrokenPipeError:
        sys.stderr.close()  # or Python complains of the broken pipe once more as it ends
        return 1
    return 0


def as_json(text: str, understanding: Understanding, assessment: Assessment) -> str:
    """The line that is printed for a text, without its line break."""
    answer: dict[str, Any] = {
        "text": text,
        "intent": understanding.intent.name,
        "confidence": understanding.intent.confidence,
        "ranking": [
            {"intent": intent.name, "confidence": intent.confidence}
            for intent in understanding.ranking
        ],
        "language": understanding.language,
        "urgency": understanding.urgency,
        "decision": assessment.decision.value,
        "tier": assessment.tier.value,
        "reason": assessment.reason,
        "entities": [
            {"kind": e.kind, "value": e.value, "start": e.start, "end": e.end}
            for e in understanding.entities
        ],
        "engine": understanding.engine,
    }
    # ASCII: a terminal or a pipe of any encoding can take it, and so can a lone surrogate.
    return json.dumps(answer, ensure_ascii=True, allow_nan=False)


async def _run(read: settings.Settings, lines: BinaryIO, output: TextIO) -> None:
    understander = Understander.load(
        settings.ROOT / "nlu",
        rasa_url=read.rasa_url,
        rasa_token=read.rasa_token.get_secret_value() if read.rasa_token else None,
    )
    found = understander.thresholds
    thresholds = triage.Thresholds(**found) if found else WITHOUT_EXPORT
    try:
        for line in lines:  # as bytes: what is not UTF-8 is answered too
            text = line.rstrip(b"\r\n").decode("utf-8", errors="replace")
            understanding = await understander.understand(text)
            assessment = triage.assess(understanding, understander.tiers, thresholds)
            output.write(as_json(text, understanding, assessment) + "\n")
            output.flush()
    finally:
        await understander.close()
