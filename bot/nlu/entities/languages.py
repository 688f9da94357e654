"""Finds which language somebody means or speaks: "ma langue est le français" is no nationality."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from babel import Locale

from bot.domain.understanding import Entity
from bot.domain.weight import weight
from bot.nlu.entities.names import Names
from bot.nlu.entities.words import Word

KIND = "language"
NAMED = (
    *("en", "id", "zh", "hi", "ur", "bn", "ne", "vi", "th", "my", "fil", "sw", "am", "fr"),
    *("ar", "pt", "es", "ta", "ja", "ko", "ru", "de", "it", "km", "lo", "ms", "tr", "fa", "si"),
    *("te", "pa", "gu", "mr", "om", "so", "ha", "yo", "rw", "mg", "uz"),
)
"""Languages that are told from nationalities; the line's own first."""

BARE = 12
"""Weight beside a language's name up to which a message only names it: "english only please"."""
_NO_NAMES = frozenset({"hindi"})  # Filipino for "no"; nlu/entities/languages.yml has its phrases
_FAR = 20  # code points between a word of speaking and the language

# What stands before a language's name, in the languages of the line; no word for a person between.
_BEFORE = re.compile(
    r"(?:\b(?:speak|speaks|speaking|spoken|language|lang|tongue|understand|write|reply|answer"
    r"|langue|parle|parles|parlons|parler|comprends|repondez|répondez|bahasa|bhs|berbahasa|jawab"
    r"|lugha|kuongea|naongea|ninaongea|nazungumza|ninazungumza|kuzungumza|nafahamu|naelewa|najua"
    r"|tiếng|tieng|nói|noi|trả lời|tra loi|marunong|nagsasalita|magsalita|salita|wika|lengguwahe"
    r"|idioma|idiomas|lingua|língua|lengua|hablo|habla|hablamos|falo|fala|falamos)\b"
    r"|[说說讲講懂]|母语|语言|ภาษา|พูด|भाषा|زبان|ভাষা|ဘာသာ|ቋንቋ|اتكلم|أتكلم|اتحدث|لغتي|لغة|மொழி)"
    rf"[^.,;!?\n]{{0,{_FAR}}}$",
    re.IGNORECASE,
)
_DIRECTLY_BEFORE = re.compile(
    r"(?:\b(?:in|en|dalam|pakai|pake|sa|kwa|bằng|bang|em|only|just|want)\s+(?:the\s+|le\s+)?|用)$",
    re.IGNORECASE,
)
# What stands behind it.
_AFTER = re.compile(
    r"\s*(?:(?:me|mein|ma|po|lang|ang|hi|sirf|only|mattum)\s+)*(?:language|bhasha|vasha|bhasa|zaban"
    r"|zuban|bol|aati|aata|ati\b|ata\b|samajh|bujh|bolchu|bolchhu|boli\b|bolte|jani\b|janchu|parle"
    r"|salita|wika|[语語話话]|စကား|စာ|လို|ပြော|တတ်|बोल|आत[ीा]|समझ|जान|बुझ|भाषा|में|मा\b|بول|آت[یا]"
    r"|سمجھ|جان|زبان|میں|বল|জান|বুঝ|পার|ভাষা|ቋንቋ|እናገር|እችል|አውቃ|ได้|เป็น|quanqua|quanqa"
    r"|மட்டும்|தெரியும்|பேசு)",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:people|person|citizen|national|man|men|woman|women|boss|bosses|guards?|orang|warga|bos"
    r"|người|nguoi|personnes?|embassy|embassies|consulate|kedutaan|ambassade|ubalozi|passport"
    r"|paspor|from|dari|du|des|embahada|sứ quán|su quan|to|with|dengan|với|avec|à|na)\b"
    r"|人|คน|လူ|大使|护照|สถานทูต",
    re.IGNORECASE,
)
# Who says that they do not speak a language does not ask for it; nor, surely, who says they can.
_UNSURE = re.compile(
    r"\b(?:not|no|dont|don't|don’t|doesnt|cant|can't|can’t|cannot|can|little|bad|poor|abit"
    r"|tidak|tdk|tak|gak|ga|nggak|ngga|enggak|bukan|kurang|belum|bisa|sedikit"
    r"|nahi|nahin|nhi|nai|na|aati|aata|hudaina|aaudaina|chaina|chhaina|thoda|thora|ali|ektu|parina|pari"
    r"|không|khong|(?:ko|k)(?=\s+(?:bi|n[oó]i|hi))|chưa|chẳng|biết|hindi|hnd|di|indi|marunong|konti|kaunti"
    r"|hapana|siongei|sijui|sielewi|sifahamu|sizungumzi|kidogo"
    r"|pas|ne|aucun|peu|não|nao|sé)\b|\bn['’]"
    r"|[不没沒会會]|नहीं|नही|आत[ीा]|छैन|दिन\b|दैन|थोड़|अलि|আসে না|পারি|না\b|نہیں|آت[یا]|تھوڑ|ไม่|ได้"
    r"|နည်းနည်း|ဘူး|တတ်"
    r"|አል|አይ|ትንሽ|لا |ما ",
    re.IGNORECASE,
)


class Languages:
    """Names of languages, in the languages of the line."""

    def __init__(self, own: Mapping[str, Sequence[str]], spoken: Sequence[str]) -> None:
        """Take names by code, and the languages in which CLDR is asked for more."""
        names = {name: (KIND, code) for name, code in _of_cldr(spoken)}
        names |= {name: (KIND, code) for code, forms in own.items() for name in forms}
        self._names = Names(names, {})

    def named(self, text: str, words: list[Word]) -> tuple[Entity, ...]:
        """All that may be a language's name; "Thai" may be a person as well."""
        return tuple(self._names.find(text, words))

    def told(
        self, text: str, named: Sequence[Entity], countries: Sequence[Entity]
    ) -> tuple[Entity, ...]:
        """The language that a message asks for or is only the name of; empty when none is sure.

        What may be a nationality ("Thai") counts only when it stands quite alone.
        """
        if len({entity.value for entity in named}) != 1:
            return ()
        first = named[0]
        beside = f"{text[: first.start]} {text[first.end :]}"
        if _UNSURE.search(beside):
            return ()
        either = any(first.start < other.end and other.start < first.end for other in countries)
        bare = weight(beside) <= (0 if either else BARE)
        return (first,) if bare or is_spoken(text, first) else ()


def is_spoken(text: str, name: Entity) -> bool:
    """Whether the words around a name say that it is a language."""
    before = text[max(0, name.start - 2 * _FAR) : name.start]
    if _PERSON.match(text[name.end :].lstrip()):  # "I want to speak to the Thai embassy"
        return False
    if _AFTER.match(text, name.end) or _DIRECTLY_BEFORE.search(before):
        return True
    found = _BEFORE.search(before)
    return found is not None and not _PERSON.search(found.group())


def _of_cldr(spoken: Sequence[str]) -> Iterator[tuple[str, str]]:
    for language in spoken:
        locale = Locale.parse(language)
        # "Vietnam" is the language's name, too, in Indonesian.
        left_out = {*_NO_NAMES, *(name.casefold() for name in locale.territories.values())}
        for code in NAMED:
            name = locale.languages.get(code)
            if name and name.casefold() not in left_out:
                yield name, code
