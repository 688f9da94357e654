"""Which language a text is written in: by its script, and in Latin script by what was learned."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

SCRIPTS: Mapping[str, str] = {
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f",
    "kana": "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d",
    "hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "thai": "\u0e00-\u0e7f",
    "lao": "\u0e80-\u0eff",
    "myanmar": "\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff",
    "khmer": "\u1780-\u17ff\u19e0-\u19ff",
    "devanagari": "\u0900-\u097f",
    "bengali": "\u0980-\u09ff",
    "tamil": "\u0b80-\u0bff",
    "sinhala": "\u0d80-\u0dff",
    "arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff",
    "cyrillic": "\u0400-\u04ff",
    "amharic": "\u1200-\u139f",
    "latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
}
"""Ranges of code points of the scripts that are told apart."""

_READERS = {script: re.compile(f"[{ranges}]") for script, ranges in SCRIPTS.items()}
_ONE_LANGUAGE = {
    "hangul": "ko",
    "thai": "th",
    "lao": "lo",
    "myanmar": "my",
    "khmer": "km",
    "bengali": "bn",
    "tamil": "ta",
    "sinhala": "si",
    "cyrillic": "ru",
    "amharic": "am",
}
# Letters that Urdu has and Arabic has not; words of Nepali and not of Hindi, and the reverse.
_URDU = re.compile("[\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2\u06d3]")
_NEPALI = re.compile(
    "(छु|छ|छन्|छौं|हुन्छ|गर्न|मलाई|हामीलाई|लाई|भएको|गरेको|पनि|छैन|तपाईं|नेपाल)(?![\u0900-\u097f])"
)
_HINDI = re.compile("(है|हैं|हूँ|हूं|मुझे|हमें|नहीं|में|मैं|क्या|रहा|रहे|रही|का|की|के)(?![\u0900-\u097f])")

FEWEST_LETTERS = 3
"""A Latin text with fewer letters ("ok") says nothing about its language."""

_SURE = 0.75
_FARTHEST = 2000  # code points that are looked at


def script_of(text: str) -> str | None:
    """The script of most letters of a text, a key of SCRIPTS; None if it has no letters.

    Scripts that write a syllable or a word in one sign count double: "help 救命" is Chinese.
    """
    text = text[:_FARTHEST]
    counts = Counter({name: len(reader.findall(text)) for name, reader in _READERS.items()})
    for name in ("han", "kana", "hangul"):
        counts[name] *= 2
    if counts["kana"] and counts["kana"] * 4 >= counts["han"]:
        counts["kana"] += counts["han"]
    name, count = max(counts.items(), key=lambda item: item[1])
    return name if count else None


def language_of(text: str, latin: Mapping[str, float]) -> str | None:
    """ISO 639-1 code of a text's language; None when it can't be told.

    `latin` holds the probability of each language that was learned for the Latin script.
    """
    script = script_of(text)
    if script == "latin":
        return _latin(text, latin)
    if script == "arabic":
        return "ur" if _URDU.search(text) else "ar"
    if script == "devanagari":
        return "ne" if len(_NEPALI.findall(text)) > len(_HINDI.findall(text)) else "hi"
    if script == "han":
        return "zh"
    if script == "kana":
        return "ja"
    return None if script is None else _ONE_LANGUAGE[script]


def _latin(text: str, latin: Mapping[str, float]) -> str | None:
    if len(_READERS["latin"].findall(text[:_FARTHEST])) < FEWEST_LETTERS or not latin:
        return None
    code, probability = max(latin.items(), key=lambda item: item[1])
    return code if probability >= _SURE else None
