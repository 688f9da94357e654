"""Draws flows as pictures: an SVG file for each, and index.html with all of them, for any browser.

Questions, texts and buttons are in English; the conditions stand on the arrows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot import settings
from bot.cli.flows import drawing
from bot.content import library as content_library
from bot.content.library import Library
from bot.content.problems import ContentError
from bot.flows import loading
from bot.flows.definition import FlowError, FlowLibrary
from bot.settings import SettingsError

OUT = Path("var") / "flows"


def main(arguments: Sequence[str]) -> int:
    """Draw; 0 when it is done, 1 when flows or content cannot be read, 2 for an unknown name."""
    parser = argparse.ArgumentParser(prog="helpline flows draw", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a flow; without any, all of them")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help=f"default: {OUT}")
    options = parser.parse_args(arguments)
    try:
        found = settings.read()
        flows = loading.load(found.flows_dir)
        content = content_library.load(found.content_dir)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (FlowError, ContentError) as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        return 1
    unknown = [name for name in options.names if name not in flows.flows]
    if unknown:
        known = ", ".join(sorted(flows.flows))
        sys.stderr.write(f"there is no flow {', '.join(unknown)}; there are: {known}\n")
        return 2
    for path in write(flows, content, options.out, options.names):
        sys.stdout.write(f"{path}\n")
    return 0


def write(flows: FlowLibrary, content: Library, out: Path, names: Sequence[str] = ()) -> list[Path]:
    """Write the pictures of these flows; without names those of all, and the page."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in names or sorted(flows.flows):
        path = out / f"{name}.svg"
        picture = drawing.svg(flows.flows[name], flows, content, "{}.svg".format)
        path.write_text(picture, encoding="utf-8")
        written.append(path)
    if not names:
        path = out / "index.html"
        path.write_text(page(flows, content), encoding="utf-8")
        written.append(path)
    return written


def page(flows: FlowLibrary, content: Library) -> str:
    """Give one page with all pictures: no script, and nothing that is fetched."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pictures = {
        # Safe: `svg.py` escapes every text that it paints.
        flow.id: Markup(drawing.svg(flow, flows, content))  # noqa: S704
        for flow in flows.flows.values()
    }
    return environment.get_template("index.html").render(
        overview=Markup(drawing.overview(flows)),  # noqa: S704
        flows=flows.flows.values(),
        pictures=pictures,
        version=flows.version,
    )
