"""Pictures of flows: complete, well-formed, and nothing in them covers anything."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli import flows as command
from bot.cli.flows import draw, drawing, layout, svg, words
from bot.cli.flows.cards import Card, Line
from bot.cli.flows.layout import Arrow, Box, Layout, Route
from bot.cli.flows.svg import Picture
from bot.content import library as content_library
from bot.flows import conditions
from tests.support.flow_parts import ROOT, flows_of, project_flows

SVG = "{http://www.w3.org/2000/svg}"
FLOWS = sorted(project_flows().flows)
_PATH = re.compile(r"[MLC]([^MLC]+)")


@cache
def texts() -> content_library.Library:
    return content_library.load(ROOT / "content")


@cache
def picture(name: str) -> ET.Element:
    flows = project_flows()
    return ET.fromstring(drawing.svg(flows.flows[name], flows, texts()))


def boxes_of(root: ET.Element) -> list[Box]:
    groups = [group for group in root.iter(f"{SVG}g") if "box" in group.get("class", "")]
    return [_box(next(iter(group.iter(f"{SVG}rect")))) for group in groups]


def labels_of(root: ET.Element) -> list[Box]:
    return [_box(found) for found in root.iter(f"{SVG}rect") if found.get("class") == "label"]


def arrows_of(root: ET.Element) -> list[list[tuple[float, float]]]:
    """The points of each arrow, without those that only bend it."""
    found = []
    for path in root.iter(f"{SVG}path"):
        numbers = [part.split() for part in _PATH.findall(path.get("d", ""))]
        found.append([(float(part[-2]), float(part[-1])) for part in numbers])
    return found


def _box(rect: ET.Element) -> Box:
    x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
    return Box(x, y, width, height)


def overlap(one: Box, other: Box) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.bottom and other.y < one.bottom


def touches(box: Box, point: tuple[float, float], near: float = 0.2) -> bool:
    x, y = point
    return box.x - near <= x <= box.x + box.width + near and box.y - near <= y <= box.bottom + near


@pytest.mark.parametrize("name", FLOWS)
def test_a_picture_names_every_step_once(name: str) -> None:
    groups = [group for group in picture(name).iter(f"{SVG}g") if group.get("data-step")]
    named = [group.get("data-step") for group in groups]
    assert sorted(filter(None, named)) == sorted(project_flows().flows[name].steps)
    for group in groups:
        shown = "".join(text.text or "" for text in group.iter(f"{SVG}text"))
        assert str(group.get("data-step")) in shown


@pytest.mark.parametrize("name", FLOWS)
def test_nothing_covers_anything_and_all_of_it_is_on_the_picture(name: str) -> None:
    root = picture(name)
    placed = [*boxes_of(root), *labels_of(root)]
    assert not [pair for pair in combinations(placed, 2) if overlap(*pair)]
    wide, high = float(root.get("width", "")), float(root.get("height", ""))
    assert all(box.x >= 0 and box.x + box.width < wide - svg.MARGIN for box in placed)
    assert all(box.y >= 0 and box.bottom < high - svg.MARGIN for box in placed)


@pytest.mark.parametrize("name", FLOWS)
def test_arrows_begin_and_end_at_boxes_one_for_each_way_on(name: str) -> None:
    root, flow = picture(name), project_flows().flows[name]
    arrows, placed = arrows_of(root), boxes_of(root)
    assert len(arrows) == 1 + sum(len(step.branches) for step in flow.steps.values())
    for points in arrows:
        assert any(touches(box, points[0]) for box in placed)
        assert any(touches(box, points[-1]) for box in placed)


@pytest.mark.parametrize("name", FLOWS)
def test_a_picture_needs_nothing_beside_it(name: str) -> None:
    flows = project_flows()
    written = drawing.svg(flows.flows[name], flows, texts())
    assert "<script" not in written
    assert not re.findall(r'(?:src|href)="(?!#)|url\(', written)
    assert not re.findall(r"https?:(?!//www\.w3\.org/2000/svg)", written)


def test_every_text_and_button_of_a_flow_is_in_its_picture() -> None:
    shown = "".join(picture("leave_country").itertext())
    for told in ("Do you have your passport", "I am in detention", "Not sure", "exit_procedure"):
        assert told in shown
    assert "“No” / “Not sure”" in shown, "the arrow says which buttons take it"


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("slots.desk_open", "desk open: yes"),
        ("not slots.desk_open", "desk open: no"),
        ("slots.can_write and slots.town is not null", "can write and town is known"),
        ("{'a' 'b'} contains context.intent", "intent is one of a, b"),
        ("slots.mission_count > 1", "mission count > 1"),
    ],
)
def test_conditions_are_said_in_plain_words(source: str, plain: str) -> None:
    assert words.condition(conditions.parse(source)) == plain


def test_what_would_be_markup_is_escaped() -> None:
    flows = flows_of(
        """version: "3.1"
flows:
  a:
    description: '<script>alert("x")</script> & co'
    steps:
      - collect: money
        next:
          - if: slots.money < 5 and slots.money != 3
            then: END
          - else: END
slots:
  money: {type: float, mappings: [{type: from_text}]}
"""
    )
    written = drawing.svg(flows.flows["a"], flows, texts(), lambda name: f'"><b>{name}')
    root = ET.fromstring(written)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "rect", "g", "path", "polygon", "text", "a")
    }
    shown = " ".join(text.strip() for text in root.itertext())
    assert '<script>alert("x")</script> & co' in shown
    assert "money < 5 and money != 3" in shown


def test_signs_that_xml_cannot_hold_do_not_break_a_picture() -> None:
    card = Card("says", "Says", "", (Line("text", "safe\x01 tonight\x1b\ufffe"),))
    placed = layout.place({"a": svg.measure(card)}, [])
    drawn = svg.painted(Picture("title", "about\x01", (card,), (), placed), "#{}".format)
    assert "safe tonight" in "".join(ET.fromstring(drawn).itertext())


def test_the_picture_of_all_flows_shows_how_they_lead_to_one_another() -> None:
    root = ET.fromstring(drawing.overview(project_flows()))
    shown = "".join(root.itertext())
    assert {"danger_check", "danger_now", "find_embassy"} <= set(re.findall(r"\w+", shown))
    placed = boxes_of(root)
    assert not [pair for pair in combinations(placed, 2) if overlap(*pair)]
    for points in arrows_of(root):
        assert any(touches(box, points[0]) for box in placed)
        assert any(touches(box, points[-1]) for box in placed)


_SIZE = st.tuples(st.floats(10, 300), st.floats(10, 300))
_LABEL = st.none() | st.tuples(st.floats(10, 190), st.floats(10, 60))


@st.composite
def graphs(draw_: st.DrawFn) -> tuple[dict[str, tuple[float, float]], list[Arrow]]:
    sizes = draw_(st.lists(_SIZE, min_size=1, max_size=9))
    names = st.sampled_from([str(number) for number in range(len(sizes))])
    arrows = draw_(st.lists(st.builds(Arrow, names, names, _LABEL), max_size=14))
    return {str(number): size for number, size in enumerate(sizes)}, arrows


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_any_flow_can_be_drawn_with_circles_and_all(
    graph: tuple[dict[str, tuple[float, float]], list[Arrow]],
) -> None:
    sizes, arrows = graph
    placed = layout.place(sizes, arrows)
    things = [*placed.boxes.values(), *(r.label for r in placed.routes if r.label)]
    assert not [pair for pair in combinations(things, 2) if overlap(*pair)]
    for arrow, route in zip(arrows, placed.routes, strict=True):
        assert touches(placed.boxes[arrow.source], route.points[0])
        assert touches(placed.boxes[arrow.target], route.points[-1])
        _passes_by(placed, arrow, route)


def _passes_by(placed: Layout, arrow: Arrow, route: Route) -> None:
    """An arrow runs behind no box but those that it joins."""
    others = [box for name, box in placed.boxes.items() if name not in {arrow.source, arrow.target}]
    for (x, y), (to_x, to_y) in pairwise(route.points):
        for share in range(21):
            point = (x + (to_x - x) * share / 20, y + (to_y - y) * share / 20)
            assert not any(touches(box, point, near=-0.01) for box in others)


def test_the_command_writes_a_file_for_each_flow_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["draw", "--out", str(tmp_path)]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(path.name for path in written) == sorted(
        [*(f"{name}.svg" for name in FLOWS), "index.html"]
    )
    linked = ET.parse(tmp_path / "find_shelter.svg").iter(f"{SVG}a")
    assert [link.get("href") for link in linked] == ["pattern_human_handoff.svg"]
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<svg ") == len(FLOWS) + 1
    assert all(f'id="{name}"' in page for name in FLOWS)


def test_the_command_draws_the_flows_that_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["draw", "greet", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["greet.svg"]
    assert command.main(["draw", "no_such_flow", "--out", str(tmp_path)]) == 2
    assert "there is no flow no_such_flow" in capsys.readouterr().err


def test_what_cannot_be_loaded_is_told_and_not_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "flows"
    broken.mkdir()
    (broken / "a.yml").write_text("flows: [", encoding="utf-8")
    monkeypatch.setenv("HELPLINE_FLOWS_DIR", str(broken))
    assert draw.main(["--out", str(tmp_path / "out")]) == 1
    assert "flows/a.yml:2" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
