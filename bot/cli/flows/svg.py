"""Paints boxes and arrows as SVG: light, readable when printed, and without anything outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from bot.cli.flows.cards import Card
from bot.cli.flows.layout import Box, Layout, Route

WIDTH: Final = 268.0
"""Pixels of a box with text."""
LABEL: Final = 190.0
"""Widest label of an arrow, in pixels."""
PAD: Final = 10.0
MARGIN: Final = 24.0
LINE: Final = 1.32
"""Height of a line, in heights of its letters."""
NARROWEST: Final = 320.0
"""Pixels of a picture at least, for its heading."""
SIZES: Final = {
    "title": 20.0,
    "about": 13.0,
    "head": 12.5,
    "step": 11.0,
    "text": 13.0,
    "note": 11.0,
    "button": 12.0,
    "label": 11.5,
    "end": 11.0,
}
"""Heights of letters in pixels."""
STRAIGHT: Final = 0.5
"""Pixels off which a line still counts as straight."""
PILL: Final = 22.0
GAP: Final = 6.0

_FILLS: Final = {
    "start": ("#eceff1", "#546e7a"),
    "question": ("#e3f2fd", "#1565c0"),
    "says": ("#ffffff", "#616161"),
    "answer": ("#e8f5e9", "#2e7d32"),
    "action": ("#fffde7", "#b28900"),
    "link": ("#f3e5f5", "#6a1b9a"),
    "end": ("#424242", "#424242"),
}
"""Paper and ink by kind; the kind is also written, for those who print in grey."""
_INKS: Final = {
    "about": "#424242",
    "step": "#546e7a",
    "note": "#546e7a",
    "button": "#263238",
    "label": "#37474f",
    "end": "#ffffff",
}
_NARROW: Final = frozenset("iljtfr.,:;'|!()[]/ “”‘’")
_BROAD: Final = frozenset("mwMWQOGCDHNUA@%&…")


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of text, or a button, at its place in a box."""

    kind: str
    text: str
    x: float
    y: float
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Picture:
    """All of a picture: `cards` and `labels` in the order of the layout's boxes and routes."""

    title: str
    about: str
    cards: tuple[Card, ...]
    labels: tuple[str, ...]
    layout: Layout


def measure(card: Card) -> tuple[float, float]:
    """Give the width and the height that a box needs."""
    if card.kind == "end":
        return 52.0, 24.0
    return WIDTH, _pieces(card)[1]


def measure_label(text: str) -> tuple[float, float] | None:
    """Give the width and the height of a label; None without one."""
    if not text:
        return None
    lines = wrap(text, LABEL, SIZES["label"])
    wide = max(extent(line, SIZES["label"]) for line in lines)
    return wide + 12, len(lines) * SIZES["label"] * LINE + 4


def extent(text: str, size: float) -> float:
    """Estimate the width of a text on the broad side: fonts differ from machine to machine."""
    wide = sum(0.33 if sign in _NARROW else 0.82 if sign in _BROAD else 0.57 for sign in text)
    return wide * size


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break a text into lines; a word that is longer than a line is broken too."""
    lines = [""]
    for word in text.split():
        rest = word
        while extent(rest, size) > width:
            cut = max(1, int(len(rest) * width / extent(rest, size)) - 1)
            lines.append(rest[:cut])
            rest = rest[cut:]
        longer = f"{lines[-1]} {rest}".strip()
        if extent(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(rest)
    return [line for line in lines if line]


def painted(picture: Picture, href: Callable[[str], str]) -> str:
    """Paint a picture as SVG; `href` gives the address of a flow's picture."""
    layout = picture.layout
    heading = wrap(picture.about, max(layout.width, NARROWEST), SIZES["about"])
    line = SIZES["about"] * LINE
    top = MARGIN + SIZES["title"] + len(heading) * line + 12
    wide = max(layout.width, NARROWEST, extent(picture.title, SIZES["title"])) + 2 * MARGIN
    high = layout.height + top + MARGIN
    body = [_text("title", picture.title, MARGIN, MARGIN + SIZES["title"] * 0.75)]
    body += [
        _text("about", words, MARGIN, MARGIN + SIZES["title"] + (number + 0.9) * line)
        for number, words in enumerate(heading)
    ]
    body.append(f'<g transform="translate({MARGIN:g} {top:.1f})">')
    body += [_route(route, sideways=layout.sideways) for route in layout.routes]
    for route, label in zip(layout.routes, picture.labels, strict=True):
        if route.label is not None:
            body += _label(label, route.label)
    for card, box in zip(picture.cards, layout.boxes.values(), strict=True):
        body += _box(card, box, href)
    head = _HEAD.format(wide=wide, high=high, title=escape(picture.title))
    return head + "\n".join([*body, "</g>", "</svg>", ""])


_HEAD: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" \
width="{wide:.0f}" height="{high:.0f}" role="img" \
font-family="Arial, Helvetica, 'Liberation Sans', sans-serif">
<title>{title}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
"""


def _pieces(card: Card) -> tuple[list[Piece], float]:
    """Lay out what stands in a box: its lines and buttons, and the height of all."""
    room = WIDTH - 2 * PAD
    pieces: list[Piece] = []
    y = PAD
    for number, line in enumerate(wrap(card.head, room, SIZES["head"])):
        pieces.append(Piece("head", line, PAD, y + (number + 0.8) * SIZES["head"] * LINE))
    y += len(pieces) * SIZES["head"] * LINE
    if card.step:
        for line in wrap(card.step, room, SIZES["note"]):
            pieces.append(Piece("step", line, PAD, y + 0.8 * SIZES["note"] * LINE))
            y += SIZES["note"] * LINE
    x = 0.0
    for item in card.lines:
        if item.kind == "button":
            shown = wrap(item.text, room - 20, SIZES["button"])[0]
            wide = extent(shown, SIZES["button"]) + 18
            if x == 0.0 or x + wide > room:
                x, y = 0.0, y + (GAP if x == 0.0 else PILL + 4)
            pieces.append(Piece("button", shown, PAD + x, y, wide))
            x += wide + GAP
            continue
        y += PILL + GAP if x else GAP - 1
        x = 0.0
        size = SIZES[item.kind]
        for line in wrap(item.text, room, size):
            pieces.append(Piece(item.kind, line, PAD, y + 0.8 * size * LINE))
            y += size * LINE
    return pieces, y + (PILL if x else 0.0) + PAD


def _box(card: Card, box: Box, href: Callable[[str], str]) -> list[str]:
    paper, ink = _FILLS[card.kind]
    dashes = ' stroke-dasharray="6 3"' if card.kind == "link" else ""
    # Questions stand out: there the line waits.
    thick = 2.4 if card.kind == "question" else 1.2
    frame = (
        f'rx="{12 if card.kind in {"end", "start"} else 5}" fill="{paper}" stroke="{ink}"'
        f' stroke-width="{thick}"{dashes}'
    )
    found = [f'<g class="box {card.kind}" data-step={quoteattr(card.step)}>', _rect(box, frame)]
    if card.kind == "end":
        middle = box.middle - extent(card.head, SIZES["end"]) / 2 + 1.5
        found.append(_text("end", card.head, middle, box.y + 16))
    else:
        for piece in _pieces(card)[0]:
            found += _piece(piece, box, ink)
    found.append("</g>")
    if card.leads_to:
        return [f"<a href={quoteattr(href(card.leads_to))}>", *found, "</a>"]
    return found


def _rect(box: Box, frame: str) -> str:
    where = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    return f"<rect {where} {frame}/>"


def _piece(piece: Piece, box: Box, ink: str) -> list[str]:
    x, y = box.x + piece.x, box.y + piece.y
    if piece.kind == "button":
        frame = 'rx="11" fill="#ffffff" stroke="#90a4ae"'
        pill = _rect(Box(x, y, piece.width, PILL), frame)
        return [pill, _text("button", piece.text, x + 9, y + 15)]
    return [_text(piece.kind, piece.text, x, y, ink)]


def _label(text: str, box: Box) -> list[str]:
    lines = wrap(text, LABEL, SIZES["label"])
    found = [_rect(box, 'class="label" rx="4" fill="#ffffff" stroke="#cfd8dc"')]
    for number, line in enumerate(lines):
        y = box.y + 2 + (number + 0.8) * SIZES["label"] * LINE
        found.append(_text("label", line, box.x + 6, y))
    return found


def _route(route: Route, *, sideways: bool) -> str:
    """An arrow: straight through layers, a soft S between them."""
    points = route.points
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        if abs(x - to_x) < STRAIGHT or abs(y - to_y) < STRAIGHT:
            path.append(f"L{to_x:.1f} {to_y:.1f}")
        elif sideways:
            middle = (x + to_x) / 2
            path.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        else:
            middle = (y + to_y) / 2
            path.append(f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
    return (
        f'<path class="arrow" d="{" ".join(path)}" fill="none" stroke="#455a64"'
        f' stroke-width="1.4"/>{_tip(route, sideways=sideways)}'
    )


def _tip(route: Route, *, sideways: bool) -> str:
    """The head of an arrow; markers are not drawn by every program that shows SVG."""
    (x, y), (tip_x, tip_y) = route.points[-2:]
    if sideways or abs(y - tip_y) < STRAIGHT:
        back = tip_x + (-8 if tip_x > x else 8)
        wings = f"{back:.1f},{tip_y - 4.5:.1f} {back:.1f},{tip_y + 4.5:.1f}"
    else:
        back = tip_y + (-8 if tip_y > y else 8)
        wings = f"{tip_x - 4.5:.1f},{back:.1f} {tip_x + 4.5:.1f},{back:.1f}"
    return f'<polygon points="{tip_x:.1f},{tip_y:.1f} {wings}" fill="#455a64"/>'


def _text(kind: str, text: str, x: float, y: float, ink: str = "") -> str:
    """A line of text; only heads have the ink of their box."""
    colour = ink if kind == "head" else _INKS.get(kind, "#212121")
    weight = ' font-weight="bold"' if kind in {"head", "title"} else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{SIZES[kind]:g}" fill="{colour}"{weight}>'
        f"{escape(_NOT_XML.sub('', text))}</text>"
    )


_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that XML cannot hold; texts that were copied out of a PDF have some."""
