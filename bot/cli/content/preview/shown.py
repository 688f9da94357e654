"""What the phone shows of an answer or a phrase, and where a phrase is said."""

from __future__ import annotations

from bot.cli.content.preview.catalogue import Item, Kind, Mark
from bot.cli.content.preview.phone import Bubble, bubble, plain
from bot.cli.content.preview.site import Looking
from bot.content import answers
from bot.content.library import FALLBACK
from bot.content.problems import RenderError
from bot.content.render import render_answer
from bot.content.voice import Voice
from bot.domain.events import Answered, Choice, Event, Said
from bot.domain.messages import Button, OutboundMessage


def item_of(looking: Looking, topic: str) -> Item:
    """Give the item of what people of that language and nationality read, or should read."""
    view, known = looking.view, looking.catalogue.by_key
    for country in (view.nationality, None):
        item = known.get((Kind.ANSWER, topic, view.language, country))
        if item is not None and (item.text or country is None):
            return item
    english = next(
        item for item in looking.catalogue.items if item.kind is Kind.ANSWER and item.id == topic
    )
    return Item(
        Kind.ANSWER,
        topic,
        view.language,
        english.country,
        frozenset({Mark.MISSING}),
        f"content/answers/{topic}/{view.language}.md",
        1,
        "",
    )


def answer(looking: Looking, topic: str, language: str) -> list[Bubble]:
    """Give an answer as the people that were chosen read it in a language."""
    event = Answered(topic, looking.view.nationality)
    return _bubbles(looking, event, language)


def _bubbles(looking: Looking, event: Event, language: str) -> list[Bubble]:
    messages = answers.render(looking.content, [event], language, looking.view.day)
    return [bubble(message) for message in messages]


def text_of(looking: Looking, topic: str) -> str:
    """Give the text of the file alone, without notices, to count its characters."""
    view = looking.view
    for found in looking.content.candidates(topic, view.language, view.nationality):
        voice = Voice(looking.content, view.language, found.verified_on)
        try:
            return render_answer(found, voice, view.nationality)
        except RenderError:
            continue
    return ""


def variants(looking: Looking, topic: str) -> list[tuple[str | None, bool]]:
    """Give the nationalities with a text of their own, and whether this language has it."""
    language = looking.view.language
    countries = {found[2] for found in looking.content.answers if found[0] == topic}
    return [
        (country, (topic, language, country) in looking.content.answers)
        for country in sorted(countries - {None}, key=str)
    ]


def phrase(looking: Looking, key: str, language: str) -> list[Bubble]:
    """Give a phrase as it is said, with its buttons if it has any; slots stand in brackets."""
    voice = Voice(looking.content, language, looking.view.day)
    phrase = looking.content.phrase(key, language)
    if phrase is None:
        return []
    slots = {
        name: looking.view.nationality
        if name in {"nationality", "country"} and looking.view.nationality
        else f"‹{name}›"
        for name in phrase.slots()
    }
    choices = _choices(looking, key)
    if choices:
        return _bubbles(looking, Said(key, dict(slots), choices), language)
    text = voice.say(key, **answers.spoken(dict(slots), voice))
    if key.startswith(("button_", "intent_")):
        return [bubble(OutboundMessage("…", ((Button(text, "/"),),)))]
    return [plain(text)]


def _choices(looking: Looking, key: str) -> tuple[Choice, ...]:
    for response in looking.edition.flows.responses.values():
        for variation in response.variations:
            if variation.phrase == key and variation.choices:
                return variation.choices
    return ()


def said_by(looking: Looking, key: str) -> list[tuple[str, int]]:
    """Say where a phrase is said, or stands on a button: file and line."""
    found = []
    for response in looking.edition.flows.responses.values():
        for variation in response.variations:
            keys = {variation.phrase, *(choice.phrase for choice in variation.choices)}
            if key in keys:
                found.append((response.file, variation.line))
    found += [
        (source.file, button.line)
        for source in looking.content.answers.values()
        if source.language == FALLBACK
        for button in source.buttons
        if button.phrase == key
    ]
    return found
