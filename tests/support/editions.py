"""The project's own content and flows: on a press of a test, and as files that may be edited."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

from bot import clock, spoken
from bot.content import library
from bot.content.library import Library
from bot.flows.definition import FlowLibrary
from bot.publishing.edition import Edition, Press
from bot.publishing.reading import Files
from bot.settings import ROOT
from tests.support.flow_parts import project_flows, tiers

SMALL = ("en", "id")
"""Languages of a small copy."""


@cache
def project_content() -> Library:
    """Load the content of the project."""
    return library.load(ROOT / "content")


def press_of(content: Library | None = None, flows: FlowLibrary | None = None) -> Press:
    """A press with these, or with those of the project."""
    edition = Edition(content or project_content(), flows or project_flows())
    return Press(edition, clock.now())


def whole_copy(directory: Path) -> Files:
    """The files of the project, to be edited."""
    for name in ("content", "flows"):
        shutil.copytree(ROOT / name, directory / name)
    return spoken.files(directory / "content", directory / "flows", tiers())


def small_copy(directory: Path) -> Files:
    """The same in two languages, which are read and checked in a moment."""
    files = whole_copy(directory)
    for path in (*files.content.glob("answers/*/*.md"), *files.content.glob("phrases/*.yml")):
        if path.name.partition(".")[0] not in SMALL:
            path.unlink()
    listed = files.content / "languages.yml"
    head, *entries = re.split(r"(?m)^(?=  - code: )", listed.read_text(encoding="utf-8"))
    kept = [entry for entry in entries if entry.split()[2] in SMALL]
    listed.write_text("".join((head, *kept)), encoding="utf-8")
    return files
