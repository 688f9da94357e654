"""The report for machines: JSON, in which what could not be measured is null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict

from bot.nlu.evaluate.measure import Report


def as_json(report: Report) -> str:
    """The report as one JSON object, keys as in the dataclasses of `bot/nlu/evaluate/`."""
    return json.dumps(_plain(asdict(report)), ensure_ascii=False, allow_nan=False, indent=1)


def _plain(value: object) -> object:
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
