"""Every kind of broken edit that we know of, to be made in a copy of the project's files."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ANSWER = "content/answers/passport_missing/en.md"
TRANSLATED = "content/answers/passport_missing/id.md"
PHRASES = "content/phrases/en.yml"
INDONESIAN = "content/phrases/id.yml"
MISSIONS = "content/directory/missions.yml"
SERVICES = "content/directory/services.yml"
LANGUAGES = "content/languages.yml"
WAGES = "flows/wages.yml"
DANGER = "flows/danger.yml"
OFFER = "flows/job_offer.yml"
SENTENCE = "A lost or taken passport can be replaced."

Edit = Callable[[Path], None]


def put(text: str, *, instead: str) -> Edit:
    """Put a text in the place of another, once."""

    def edit(path: Path) -> None:
        before = path.read_text(encoding="utf-8")
        assert instead in before, instead
        path.write_text(before.replace(instead, text, 1), encoding="utf-8")

    return edit


def _say(text: str) -> Edit:
    """Put a text where the answer begins."""
    return put(f"{text} {SENTENCE}", instead=SENTENCE)


def without(key: str) -> Edit:
    """Take out a phrase, and what it was translated from."""

    def edit(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf"(?m)^  {key}:.*\n", "", text), encoding="utf-8")

    return edit


def _write(text: str | bytes) -> Edit:
    raw = text.encode() if isinstance(text, str) else text
    return lambda path: _drop(path.write_bytes(raw))


def _in_encoding(name: str) -> Edit:
    """Save the file as an editing program on an old system would."""

    def edit(path: Path) -> None:
        text = path.read_text(encoding="utf-8").replace("passport", "pass\u00e9port", 1)
        path.write_bytes(text.encode(name, "replace"))

    return edit


def _cut(share: float) -> Edit:
    """Leave what was written when the power failed."""

    def edit(path: Path) -> None:
        raw = path.read_bytes()
        path.write_bytes(raw[: round(len(raw) * share)])

    return edit


def _become(make: Callable[[Path], object]) -> Edit:
    """Put something else in the place of the file."""

    def edit(path: Path) -> None:
        remove(path)
        make(path)

    return edit


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def forbid(path: Path) -> None:
    """Leave it to its owner, who is somebody else, as with a sloppy copy."""
    path.chmod(0)


def _drop(_: object) -> None:
    """Leave a value that nobody wants."""


@dataclass(frozen=True)
class Broken:
    """One kind of broken edit: what is done to which file, and how it is explained."""

    name: str
    path: str
    edit: Edit
    what: str
    """Is in the explanation."""
    line: bool = True
    """Whether the explanation has a line, where the file is one."""
    file: str | None = None
    """The file of the explanation, where it is another."""


BOMB = "bomb: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
DEEP = "phrases: " + "[" * 400 + "]" * 400
FOR = "{% for x in services %}{{ x }}{% endfor %}"
KINDS = (
    Broken("bad YAML", PHRASES, put('button_human: "Talk', instead='button_human: "Talk to a person"'), "not valid YAML"),  # noqa: E501
    Broken("a tab", SERVICES, put("\n\t- id: police_117", instead="\n  - id: police_117"), "not valid YAML"),  # noqa: E501
    Broken("a key twice", PHRASES, put("  no_answer: x\n  button_human:", instead="  button_human:"), "twice"),  # noqa: E501
    Broken("a YAML bomb", LANGUAGES, _write(BOMB), "anchors and aliases"),
    Broken("a tag", LANGUAGES, _write("languages: !!python/object/apply:os.system [ls]\n"), "tags"),
    Broken("deep nesting", INDONESIAN, _write(DEEP), "nested deeper"),
    Broken("two documents", LANGUAGES, put("---\nlanguages:\n---\n", instead="languages:"), "document"),  # noqa: E501
    Broken("an unknown key", ANSWER, put("topik: x\ntopic:", instead="topic:"), "`topik`"),
    Broken("a question without a successor", DANGER, put("id: place_asked", instead="id: ask_place"), "is gone"),  # noqa: E501
    Broken("a flow that is gone", WAGES, _become(_drop), "gone", line=False),
    Broken("a link to nowhere", DANGER, put("link: danger_later", instead="link: danger_now"), "danger_later"),  # noqa: E501
    Broken("a payload that is none", WAGES, put("/SetSlots((", instead="/SetSlots("), "payload"),
    Broken("an unknown placeholder", ANSWER, _say("{{ telephone }}"), "telephone"),
    Broken("an unknown service", ANSWER, _say("{{ services.polise.phone }}"), "polise"),
    Broken("HTML", ANSWER, _say("<b>Now</b>"), "HTML"),
    Broken("a script", ANSWER, _say("<script>fetch('//x')</script>"), "HTML"),
    Broken("a hidden link", ANSWER, _say("[the embassy](https://x.example)"), "link"),
    Broken("a template that reaches a class", ANSWER, _say("{{ ''.__class__ }}"), ""),
    Broken("a template that reaches code", ANSWER, _say("{{ cycler.__init__.__globals__ }}"), ""),
    Broken("a loop in a template", ANSWER, _say(FOR), ""),
    Broken("a template that includes", ANSWER, _say("{% include '/etc/passwd' %}"), ""),
    Broken("a template that never ends", ANSWER, _say("{{ 'x' * 10 ** 10 }}"), ""),
    Broken("half a placeholder", ANSWER, _say("{{ services.gdi"), ""),
    Broken("10 MB", ANSWER, _write("x" * 10_000_000), "larger than", line=False),
    Broken("UTF-16", ANSWER, _in_encoding("utf-16"), "not UTF-8"),
    Broken("Latin-1", ANSWER, _in_encoding("latin-1"), "not UTF-8"),
    Broken("a NUL", ANSWER, put("sources:\0", instead="sources:"), "character"),
    Broken("cut in the head", ANSWER, _cut(0.1), ""),
    Broken("cut in the phrases", PHRASES, _cut(0.5), "", line=False),
    Broken("cut in a flow", DANGER, _cut(0.5), "", line=False),
    Broken("empty", ANSWER, _write(""), "", line=False),
    Broken("empty phrases", PHRASES, _write(""), "empty"),
    Broken("a directory in its place", ANSWER, _become(Path.mkdir), "not a file", line=False),
    Broken("a link out of the tree", ANSWER, _become(lambda path: path.symlink_to("/etc/hostname")), "link", line=False),  # noqa: E501
    Broken("a link to itself", ANSWER, _become(lambda path: path.symlink_to(path)), "", line=False),
    Broken("a link to nowhere in the tree", PHRASES, _become(lambda path: path.symlink_to("x.yml")), "", line=False),  # noqa: E501
    Broken("a pipe", PHRASES, _become(os.mkfifo), "not a file", line=False),
    Broken("not ours to read", PHRASES, forbid, "may not be read", line=False),
    Broken("a name that is no text", "content/answers/passport_missing/\udcff.md", _write("x"), "name", line=False, file="content/answers/passport_missing/\\udcff.md"),  # noqa: E501
    Broken("a stray file", "content/answers/passport_missing/notes.txt", _write("x"), "name", line=False),  # noqa: E501
    Broken("a deleted English answer", ANSWER, _become(_drop), "", line=False),
    Broken("a deleted phrase", PHRASES, put("  #", instead="  mission_phone_missing:"), "mission_phone_missing", line=False),  # noqa: E501
    Broken("other slots in a translation", INDONESIAN, put("{hari}", instead="{date}"), "slots"),
    Broken("a number that cannot be", SERVICES, put("'+8551'", instead="'117'"), ""),
    Broken("a number of no plan", MISSIONS, put("'+8551281328299'", instead="'+85512813282'"), "numbering plan"),  # noqa: E501
    Broken("a day that is none", ANSWER, put("verified_on: 2026-02-30 #", instead="verified_on:"), "day"),  # noqa: E501
    Broken("reviewed before it was verified", ANSWER, put("review_by: 2020-01-01 #", instead="review_by:"), ""),  # noqa: E501
    Broken("a button to nowhere", ANSWER, put("/answer(nowhere)", instead="/visa_overstay"), "nowhere"),  # noqa: E501
    Broken("a button that says nothing", ANSWER, put("button_no_such", instead="button_overstay"), "button_no_such"),  # noqa: E501
    Broken("too long", ANSWER, _say("Wait and read on. " * 60), "characters"),
    Broken("a word of danger first", ANSWER, _say("Call the police now."), "police"),
    Broken("no English", LANGUAGES, put("code: eo", instead="code: en"), "English"),
    Broken("a directory that is gone", "content/answers", remove, "missing", line=False),
    Broken("everything is gone", "content", remove, "missing", line=False, file="content/phrases"),
    Broken("all flows are gone", "flows", remove, "", line=False),
)  # fmt: skip


def undo(path: str, root: Path, good: Path) -> None:
    """Put a file or directory back as it is in a good copy."""
    here, there = root / path, good / path
    remove(here)
    if there.is_dir():
        shutil.copytree(there, here)
    elif there.exists():
        shutil.copy(there, here)
