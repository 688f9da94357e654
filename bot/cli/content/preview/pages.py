"""The pages that show texts: overview, answers, phrases, facts, search, tasks, problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from aiohttp import web

from bot.cli.content.preview import details, search, shown, usage
from bot.cli.content.preview.catalogue import Catalogue, Fact, Item, Kind, Mark, fact_of, facts
from bot.cli.content.preview.details import Shown
from bot.cli.content.preview.phone import plain
from bot.cli.content.preview.search import Wanted
from bot.cli.content.preview.site import Looking, Site
from bot.content.card import mission_card
from bot.content.directory import Figure, Mission
from bot.content.library import FALLBACK
from bot.content.voice import Voice
from bot.domain.problems import Problem
from bot.domain.understanding import Tier

Known = TypeVar("Known", Mark, Kind)

PRESSING: Final = 8
"""Tasks on the first page."""
FILTERS: Final = (
    Mark.MISSING,
    Mark.CHANGED,
    Mark.MACHINE,
    Mark.STALE,
    Mark.SOON,
    Mark.LOW,
    Mark.CRITICAL,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table of languages and topics."""

    topic: str
    country: str | None
    cells: tuple[Item | None, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """How the phrases of a language stand."""

    language: str
    state: Mark
    count: int


class Pages:
    """Answers for the pages."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Give the pages' addresses."""
        return [
            web.get("/", self.overview),
            web.get("/answers/{topic}", self.answer),
            web.get("/phrases", self.phrases),
            web.get("/phrases/{key}", self.phrase),
            web.get("/facts", self.facts),
            web.get("/facts/{id}", self.fact),
            web.get("/texts", self.texts),
            web.get("/tasks", self.tasks),
            web.get("/problems", self.problems),
        ]

    async def overview(self, request: web.Request) -> web.Response:
        """Show all answers of all languages at a glance, and what is most pressing."""
        looking = await self._site.look(request)
        listed = looking.catalogue
        counts = {
            kind: Counter(mark for item in listed.items if item.kind is kind for mark in item.marks)
            for kind in Kind
        }
        return self._site.page(
            looking,
            "overview.html",
            "/",
            groups=_groups(looking),
            phrases=_phrases_at_a_glance(listed, looking),
            counts=counts,
            totals=Counter(item.kind for item in listed.items),
            filters=FILTERS,
            kinds=Kind,
            tasks=listed.tasks[:PRESSING],
            waiting=len(listed.tasks),
        )

    async def answer(self, request: web.Request) -> web.Response:
        """Show one answer on the phone, beside the English."""
        looking = await self._site.look(request)
        topic, view, listed = request.match_info["topic"], looking.view, looking.catalogue
        topics = sorted(looking.content.topics())
        if topic not in topics:
            return self._site.not_found(looking)
        item = shown.item_of(looking, topic)
        found = looking.content.candidates(topic, view.language, view.nationality)
        own = found[0] if found and found[0].language == view.language else None
        as_read = Shown(shown.text_of(looking, topic), view.nationality)
        at = topics.index(topic)
        return self._site.page(
            looking,
            "answer.html",
            f"/answers/{topic}",
            topic=topic,
            item=item,
            own=own,
            mine=shown.answer(looking, topic, view.language),
            theirs=shown.answer(looking, topic, FALLBACK),
            details=details.of_answer(listed, item, own, as_read, _problems(looking)),
            variants=shown.variants(looking, topic),
            states=[
                listed.by_key.get((Kind.ANSWER, topic, language.code, None))
                for language in looking.content.languages
            ],
            before=topics[at - 1],
            after=topics[(at + 1) % len(topics)],
        )

    async def phrases(self, request: web.Request) -> web.Response:
        """List all phrases of a language, beside the English."""
        looking = await self._site.look(request)
        listed, language = looking.catalogue, looking.view.language
        mine = [
            item for item in listed.items if item.kind is Kind.PHRASE and item.language == language
        ]
        english = {item.id: listed.by_key.get((Kind.PHRASE, item.id, "en", None)) for item in mine}
        return self._site.page(looking, "phrases.html", "/phrases", items=mine, originals=english)

    async def phrase(self, request: web.Request) -> web.Response:
        """Show one phrase as it is said, with the buttons under it."""
        looking = await self._site.look(request)
        key, view, listed = request.match_info["key"], looking.view, looking.catalogue
        item = listed.by_key.get((Kind.PHRASE, key, view.language, None))
        if item is None:
            item = listed.by_key.get((Kind.PHRASE, key, FALLBACK, None))
        if item is None:
            return self._site.not_found(looking)
        book = looking.content.phrases.get(view.language)
        review = book.reviewed if book else None
        return self._site.page(
            looking,
            "phrase.html",
            f"/phrases/{key}",
            item=item,
            mine=shown.phrase(looking, key, view.language),
            theirs=shown.phrase(looking, key, FALLBACK),
            details=details.of_phrase(listed, item, review, _problems(looking)),
            said_by=shown.said_by(looking, key),
        )

    async def facts(self, request: web.Request) -> web.Response:
        """List the directory."""
        looking = await self._site.look(request)
        listed = looking.catalogue
        groups: dict[str, list[tuple[Fact, Item]]] = {}
        for fact in facts(looking.content):
            item = _fact_item(listed, fact)
            if isinstance(fact, Mission):
                name = "Embassies and consulates"
            else:
                name = "Prices and times" if isinstance(fact, Figure) else "Services and numbers"
            groups.setdefault(name, []).append((fact, item))
        return self._site.page(looking, "facts.html", "/facts", groups=groups)

    async def fact(self, request: web.Request) -> web.Response:
        """Show one entry: how people read it, and why it is believed."""
        looking = await self._site.look(request)
        fact = fact_of(looking.content, request.match_info["id"])
        if fact is None:
            return self._site.not_found(looking)
        listed, view = looking.catalogue, looking.view
        languages = dict.fromkeys((view.language, FALLBACK))
        voices = [Voice(looking.content, language, view.day) for language in languages]
        cards = [
            (voice, plain(mission_card(fact, voice)))
            if isinstance(fact, Mission)
            else (voice, None)
            for voice in voices
        ]
        phones = () if isinstance(fact, Figure) else fact.phones
        numbers = [
            (
                phone,
                details.evidence_rows(listed, phone.evidence),
                usage.used_by(looking.content, fact, view.day, phone),
            )
            for phone in phones
        ]
        item = _fact_item(listed, fact)
        return self._site.page(
            looking,
            "fact.html",
            f"/facts/{fact.id}",
            fact=fact,
            is_figure=isinstance(fact, Figure),
            cards=cards,
            item=item,
            numbers=numbers,
            details=details.of_fact(listed, item, fact, _problems(looking)),
            used=usage.used_by(looking.content, fact, view.day),
        )

    async def texts(self, request: web.Request) -> web.Response:
        """Search in everything."""
        looking = await self._site.look(request)
        query, listed = request.query, looking.catalogue
        words = query.get("q", "").strip()
        only = query.get("only") == "1"
        wanted = Wanted(
            words,
            _member(Mark, query.get("mark", "")),
            _member(Kind, query.get("kind", "")),
            looking.view.language if only else None,
        )
        found = search.items(listed, wanted)
        hits = list(islice(found, search.MOST))
        return self._site.page(
            looking,
            "texts.html",
            "/texts",
            q=words,
            only=only,
            wanted=wanted,
            kinds=Kind,
            filters=FILTERS,
            hits=hits,
            more=sum(1 for _ in found),
            numbers=list(search.numbers(listed, words)),
            is_number=search.is_number(words),
        )

    async def tasks(self, request: web.Request) -> web.Response:
        """List what is to be done."""
        looking = await self._site.look(request)
        return self._site.page(looking, "tasks.html", "/tasks", tasks=looking.catalogue.tasks)

    async def problems(self, request: web.Request) -> web.Response:
        """List what `helpline check` finds."""
        looking = await self._site.look(request)
        return self._site.page(looking, "problems.html", "/problems")


def _groups(looking: Looking) -> list[tuple[str, list[Line]]]:
    listed = looking.catalogue
    codes = [language.code for language in looking.content.languages]
    groups: dict[str, list[Line]] = {name: [] for name in (*Tier, _OTHERS)}
    lines = sorted({(topic, country) for topic, _, country in looking.content.answers}, key=str)
    for topic, country in sorted(lines, key=lambda line: (line[0], line[1] or "")):
        cells = tuple(listed.by_key.get((Kind.ANSWER, topic, code, country)) for code in codes)
        tier = listed.tiers.get(topic)
        groups[tier.value if tier else _OTHERS].append(Line(topic, country, cells))
    return [(name, found) for name, found in groups.items() if found]


def _phrases_at_a_glance(listed: Catalogue, looking: Looking) -> list[Cell]:
    """One cell for all phrases of a language: the worst that is true of one of them."""
    cells = []
    for language in looking.content.languages:
        states = [
            item.state
            for item in listed.items
            if item.kind is Kind.PHRASE and item.language == language.code
        ]
        worst = min(states, key=list(Mark).index, default=Mark.MISSING)
        cells.append(Cell(language.code, worst, states.count(worst)))
    return cells


def _fact_item(listed: Catalogue, fact: Fact) -> Item:
    country = fact.country if isinstance(fact, Mission) else None
    return listed.by_key[Kind.FACT, fact.id, "", country]


def _problems(looking: Looking) -> Sequence[Problem]:
    return looking.newest.found or ()


def _member(kinds: type[Known], word: str) -> Known | None:
    return kinds(word) if word in set(kinds) else None


_OTHERS: Final = "other"
