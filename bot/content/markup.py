"""The Markdown subset of texts: paragraphs, `- ` lists, `**bold**` and bare links, no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in a text that is not of the subset, or not for writers to write."""

    line: int
    """Line of the text, from 1."""
    what: str
    mend: str


def flaws(text: str) -> tuple[Flaw, ...]:
    """Find what is not of the subset, in a text that is ready to be sent."""
    return _search(text, _FORM)


def flaws_of_source(text: str) -> tuple[Flaw, ...]:
    """Find what is not of the subset or should come from the directory, in a text as written."""
    # A tag stands for one plain word, so that what surrounds it is judged as it will look.
    bare = _TAG.sub(lambda found: "x" * (found[1] == "{") + "\n" * found[0].count("\n"), text)
    return _search(bare, _FORM + _FACTS)


def plain_length(text: str) -> int:
    """Count the characters that a reader sees."""
    return len(text.replace("**", ""))


def opening(text: str, characters: int = 40) -> str:
    """Give what a notification shows first: the first characters, marks left out."""
    return " ".join(text.replace("**", "").split())[:characters]


def _search(text: str, rules: tuple[tuple[re.Pattern[str], str, str], ...]) -> tuple[Flaw, ...]:
    lines = text.split("\n")
    found = [
        Flaw(number, what, mend)
        for pattern, what, mend in rules
        # Nearly every text is sound, and one search over all of it is quicker than one a line.
        if pattern.search(text)
        for number, line in enumerate(lines, start=1)
        if pattern.search(line)
    ]
    found += [
        Flaw(number, "bold is opened and not closed", "close ** in the same line")
        for number, line in enumerate(lines, start=1)
        if line.count("**") % 2
    ]
    return tuple(sorted(found, key=lambda flaw: flaw.line))


_TAG: Final = re.compile(r"\{([{%#]).*?[}%#]\}", re.DOTALL)
_FORM: Final = (
    (re.compile(r"</?[A-Za-z!]|&[a-z]+;|&#"), "HTML", "write plain text"),
    (re.compile(r"^\s*#", re.MULTILINE), "a heading", "write a line in **bold**"),
    (
        re.compile(r"^\s*(\d+[.)]|[*+])\s", re.MULTILINE),
        "a list of another kind",
        "begin its lines with `- `",
    ),
    (re.compile(r"^\s+- ", re.MULTILINE), "a list inside a list", "begin the line with `- `"),
    (
        re.compile(r"^\s*(>|\||```|---)", re.MULTILINE),
        "a quotation, table, code or rule",
        "write plain text",
    ),
    # It would turn the digits of a number round; what isolates a foreign word may stand.
    (
        re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),
        "a control sign that nobody sees",
        "remove it",
    ),
    (re.compile("[\u202d\u202e]"), "a sign that turns the direction of reading", "remove it"),
    (re.compile(r"\]\(|`|!\["), "a hidden link, a picture or code", "write the link itself"),
    (re.compile(r"(?<!\*)\*(?!\*)|\*{3,}|(?<!\w)_\w|~~"), "a mark we don't use", "use **bold**"),
)
_FACTS: Final = (
    (
        re.compile(r"(?<![\w.])(11[789]|1280|1288)(?!\w)|\+?\d(?:[\s().-]{0,2}\d){5,}"),
        "a phone number is written in the text",
        "put it into content/directory and write {{ services.ID.phone }}",
    ),
    (
        re.compile(
            # What messengers turn into a link by themselves, their own names of people among it.
            r"https?:|www\.|\w@\w|(?<!\w)@[a-z]\w{3}|\b[\w-]+\.[a-z]{2,}/\w"
            r"|\b[\w-]+\.(com|org|net|info|go\.id|gov|kh|in|me|io|ly|cc|app|link|live|online|shop"
            r"|site|top|vip|xyz)\b",
            re.IGNORECASE,
        ),
        "a web or e-mail address, or somebody's name in a messenger, is written in the text",
        "put it into content/directory and write {{ services.ID.website }}",
    ),
)
