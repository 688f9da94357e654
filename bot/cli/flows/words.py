"""Says in plain English what flow files say in their own language: conditions, actions, texts."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Final

from bot.content.library import FALLBACK, Library
from bot.content.problems import RenderError
from bot.content.render import render_answer
from bot.content.voice import Voice
from bot.domain.events import Choice
from bot.flows import actions, payloads
from bot.flows.conditions import Parsed, Scope
from bot.flows.definition import Branch, CollectStep, FlowLibrary

LONGEST_BEGINNING: Final = 150
"""Characters of an answer page that a picture shows."""
OTHERWISE: Final = "otherwise"

_YES_OR_NO: Final = re.compile(r"(not )?slots\.(\w+)")
_IN_SET: Final = re.compile(r"\{([^}]*)\} contains ([\w.]+)")
_PREFIX: Final = re.compile(r"\b(?:slots|context)\.(\w+)")
_PATTERNS: Final = (
    (re.compile(r" is not null\b"), " is known"),
    (re.compile(r" is null\b"), " is not known"),
    (re.compile(r" matches \"\^\[A-Z\]\[A-Z\]\$\""), " is a country"),
)


def condition(parsed: Parsed) -> str:
    """Say a condition: names without prefixes, sets as lists."""
    text = " ".join(parsed.source.split())
    if bare := _YES_OR_NO.fullmatch(text):
        return f"{bare[2].replace('_', ' ')}: {'no' if bare[1] else 'yes'}"
    text = _IN_SET.sub(
        lambda found: f"{found[2]} is one of {', '.join(re.findall(_QUOTED, found[1]))}", text
    )
    text = _PREFIX.sub(lambda found: found[1].replace("_", " "), text)
    for pattern, plain in _PATTERNS:
        text = pattern.sub(plain, text)
    return text


def action(name: str) -> str:
    """Say what an action does: the first sentence of its own description."""
    told = " ".join((inspect.getdoc(actions.ACTIONS[name]) or name).split())
    return re.split(r"(?<=\.)\s", told)[0].replace("`", "")


@dataclass(frozen=True, slots=True)
class English:
    """The English texts of a line."""

    content: Library

    def phrase(self, key: str) -> str:
        """Give a phrase; its key where nobody wrote it yet."""
        found = self.content.phrase(key, FALLBACK)
        return found.text if found else f"[{key}]"

    def title(self, choice: Choice) -> str:
        """Give the title of a button."""
        return self.phrase(choice.phrase) if choice.phrase else choice.title or ""

    def intent(self, name: str) -> str:
        """Say what somebody writes about."""
        found = self.content.phrase(f"intent_{name}", FALLBACK)
        return f"“{found.text}” ({name})" if found else f"({name})"

    def beginning(self, topic: str) -> str:
        """Give how an answer page begins."""
        answer = self.content.answers.get((topic, FALLBACK, None))
        if answer is None:
            return "[this page is missing]"
        try:
            text = render_answer(
                answer, Voice(self.content, FALLBACK, answer.verified_on), country=None
            )
        except RenderError:
            text = answer.body
        # A list is no beginning.
        text = " ".join(text.replace("**", "").partition("\n- ")[0].split())
        if len(text) <= LONGEST_BEGINNING:
            return text
        return text[:LONGEST_BEGINNING].rpartition(" ")[0] + " …"

    def countries(self, topic: str) -> str:
        """Name the countries that have a page of their own."""
        page = self.content.answers.get((topic, FALLBACK, None))
        if page is None:
            return ""
        voice = Voice(self.content, FALLBACK, page.verified_on)
        found = (
            voice.country(country)
            for of, language, country in self.content.answers
            if of == topic and language == FALLBACK and country
        )
        return ", ".join(sorted(found))

    def branches(self, step: CollectStep, library: FlowLibrary) -> list[str]:
        """Say for each branch of a question which buttons take it, else its condition."""
        plain = all(
            branch.condition is None or branch.condition.slots == {step.slot}
            for branch in step.branches
        )
        taken: dict[int, list[str]] = {}
        for title, value in _answers(step, library, self):
            taken.setdefault(_taken(step, Scope({step.slot: value})), []).append(title)
        if not plain or not taken:
            return [branch_label(branch, step.branches) for branch in step.branches]
        return [
            " / ".join(f"“{title}”" for title in taken[number])
            if number in taken and len(step.branches) > 1
            else branch_label(branch, step.branches)
            for number, branch in enumerate(step.branches)
        ]


def branch_label(branch: Branch, all_: tuple[Branch, ...]) -> str:
    """Say when a branch is taken; nothing where there is only one."""
    if branch.condition is not None:
        return condition(branch.condition)
    return OTHERWISE if len(all_) > 1 else ""


_QUOTED: Final = r"['\"]([^'\"]*)['\"]"


def _answers(
    step: CollectStep, library: FlowLibrary, english: English
) -> list[tuple[str, str | float | bool | None]]:
    """The buttons that answer a question: titles and values."""
    found: dict[str, str | float | bool | None] = {}
    if step.prompt.startswith("utter_"):
        for variation in library.response(step.prompt).variations:
            for choice in variation.choices:
                payload = payloads.read(choice.payload)
                pairs = payload.pairs if isinstance(payload, payloads.SetSlots) else ()
                for name, value in pairs:
                    if name == step.slot:
                        found[english.title(choice)] = library.slots[name].accept(value)
    return list(found.items())


def _taken(step: CollectStep, scope: Scope) -> int:
    return next(
        number
        for number, branch in enumerate(step.branches)
        if branch.condition is None or branch.condition.holds(scope)
    )
