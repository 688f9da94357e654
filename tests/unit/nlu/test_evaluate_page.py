"""The page shows what sentences say, runs nothing of it, and asks nobody for anything."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from bot.cli.nlu.page import page
from bot.cli.nlu.plain import as_json
from bot.domain.understanding import Decision
from bot.nlu.evaluate.judged import Judged
from bot.nlu.evaluate.measure import Report, report
from tests.unit.nlu.judgements import INTENTS, judged, triage

HOSTILE = "<img src=x onerror=alert(1)> \"'&amp; {{ 7 * 7 }} [red]x[/red]"


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def _report(*more: Judged) -> Report:
    group = [
        judged("greet", "greet", language="hi", text="नमस्ते जी", urgent=True),
        judged("greet", "thanks", language="hi", text=HOSTILE),
        judged("greet", "thanks", language="ru", text=HOSTILE, decision=Decision.PAGE),
        *more,
    ]
    return report(group, triage(), {"hi"}, INTENTS)


@pytest.fixture(scope="module")
def html() -> str:
    return page(_report(), f"Title {HOSTILE}")


@pytest.fixture(scope="module")
def read(html: str) -> _Read:
    parser = _Read()
    parser.feed(html)
    return parser


def test_texts_are_shown_and_not_run(read: _Read) -> None:
    assert HOSTILE in read.text
    assert "img" not in read.tags
    assert not [name for name, _ in read.attributes if name.startswith("on")]


def test_the_page_asks_nobody(html: str, read: _Read) -> None:
    assert not read.tags & {"script", "link", "iframe", "object", "embed", "img", "image", "base"}
    loads = ("src", "srcset", "href", "xlink:href", "data", "action", "poster")
    assert all(v.startswith("#") for name, v in read.attributes if name in loads)
    assert all(inside.startswith("#") for inside in re.findall(r"url\(\s*['\"]?(.)", html))
    assert "@import" not in html
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes


def test_no_two_things_have_the_same_id_and_none_that_is_named_is_missing(read: _Read) -> None:
    ids = [value for name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids)) > 0
    named = {value[1:] for name, value in read.attributes if name in {"href", "xlink:href"}}
    named |= {found for _, v in read.attributes for found in re.findall(r"url\(#([^)]+)\)", v)}
    assert named <= set(ids)


def test_there_are_all_seven_plots_in_the_colours_of_the_page(html: str) -> None:
    assert html.count("<svg") == 7
    assert "var(--one)" in html
    assert not re.findall(r"#01020\d", html), "a stand-in was left"
    assert "prefers-color-scheme: dark" in html


def test_the_same_report_gives_the_same_page(html: str) -> None:
    assert page(_report(), f"Title {HOSTILE}") == html


def test_nothing_urgent_and_nothing_right_can_be_shown() -> None:
    alone = report([judged("greet", "thanks")], triage(), set(), INTENTS)
    assert "✗ missed" in page(alone, "T")


def test_json_has_null_where_nothing_was_measured() -> None:
    alone = report([judged("greet", "thanks", text=HOSTILE)], triage(), set(), INTENTS)
    read = json.loads(as_json(alone))
    assert read["total"]["urgent_paged"]["value"] is None
    assert read["total"]["accuracy"]["of"] == 1
    assert read["worst"]["wrong"][0]["text"] == HOSTILE
    assert read["worst"]["wrong"][0]["decision"] == "none"
