"""Where the content of this machine lies, and what it is judged by."""

from __future__ import annotations

from bot import settings, spoken
from bot.cli import tiers
from bot.content import library
from bot.content.library import FALLBACK, Language, Library
from bot.publishing.reading import Files


def files() -> Files:
    """Give the directories of the settings."""
    found = settings.read()
    return spoken.files(found.content_dir, found.flows_dir, tiers.read())


def load(place: Files) -> Library:
    """Load the content; raises `ContentError` when something in it is wrong."""
    return library.load(place.content)


def translated_language(content: Library, code: str) -> Language | str:
    """Find a language that can be translated into; a text says why it cannot."""
    if code == FALLBACK:
        return "English is what is translated from."
    found = content.language(code)
    if found is None:
        known = ", ".join(language.code for language in content.languages)
        return (
            f"There is no language `{code}` in languages.yml ({known}).\n"
            "Add it there first, with `offered: false`."
        )
    return found
