"""Places boxes in layers and leads arrows between them, so that nothing covers anything.

The method is Sugiyama's, as in Graphviz's `dot`: layers by the longest way from the start, an
order within each that crosses few arrows, then positions. Graphviz itself is no Python package;
those that are either do not know how large a box is or are kept by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

BESIDE = 26.0
"""Pixels between boxes of a layer."""
BETWEEN = 24.0
"""Pixels between layers."""
ASIDE = 110.0
"""The same from left to right, where many arrows meet."""
CHANNEL = 14.0
"""Pixels that an arrow takes where it passes a layer."""
SWEEPS = 12
SETTLING = 120
"""Sweeps until boxes stand still: with fewer, arrows that could be straight are not."""
STRAIGHT = 6.0
"""How much more a long arrow keeps straight than a box keeps its place."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one box to another; its label takes place as a box does."""

    source: str
    target: str
    label: tuple[float, float] | None = None
    """Width and height."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where something lies: its upper left corner, and how large it is."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Route:
    """The points that an arrow goes through, and where its label lies."""

    points: tuple[tuple[float, float], ...]
    label: Box | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies; routes in the order of the arrows."""

    boxes: Mapping[str, Box]
    routes: tuple[Route, ...]
    width: float
    height: float
    sideways: bool = False
    """Arrows go from left to right."""


def place(
    sizes: Mapping[str, tuple[float, float]], arrows: Sequence[Arrow], *, sideways: bool = False
) -> Layout:
    """Place boxes of these widths and heights from top to bottom, or from left to right."""
    if sideways:
        turned = {name: (height, width) for name, (width, height) in sizes.items()}
        return _turned(_placed(turned, arrows, ASIDE))
    return _placed(sizes, arrows, BETWEEN)


def _placed(
    sizes: Mapping[str, tuple[float, float]], arrows: Sequence[Arrow], between: float
) -> Layout:
    grid = _Grid(sizes, arrows)
    grid.order()
    grid.spread(between)
    return grid.layout()


def _turned(layout: Layout) -> Layout:
    """Turn a layout over: what was down is right. Only for arrows without labels."""
    return Layout(
        boxes={n: Box(b.y, b.x, b.height, b.width) for n, b in layout.boxes.items()},
        routes=tuple(Route(tuple((y, x) for x, y in r.points), None) for r in layout.routes),
        width=layout.height,
        height=layout.width,
        sideways=True,
    )


@dataclass(slots=True)
class _Cell:
    """A box, a label, or the place where an arrow passes a layer."""

    layer: int
    width: float
    height: float
    weight: float = 1.0
    above: list[_Cell] = field(default_factory=list)
    below: list[_Cell] = field(default_factory=list)
    place: int = 0
    x: float = 0.0
    y: float = 0.0


class _Grid:
    def __init__(self, sizes: Mapping[str, tuple[float, float]], arrows: Sequence[Arrow]) -> None:
        self._arrows = arrows
        self._backwards = _backwards(sizes, arrows)
        layers = self._layers(sizes)
        self._cells = {name: _Cell(2 * layers[name], *size) for name, size in sizes.items()}
        self._ways: list[list[_Cell]] = [self._way(arrow) for arrow in arrows]
        everything = [*self._cells.values(), *(c for way in self._ways for c in way[1:-1])]
        self._rows: list[list[_Cell]] = [[] for _ in range(max(c.layer for c in everything) + 1)]
        for cell in everything:
            self._rows[cell.layer].append(cell)

    def _ends(self, arrow: Arrow) -> tuple[str, str]:
        """The box above and the box below."""
        ends = (arrow.source, arrow.target)
        return (ends[1], ends[0]) if arrow in self._backwards else ends

    def _layers(self, sizes: Mapping[str, tuple[float, float]]) -> dict[str, int]:
        """Layers by the longest way from the start."""
        layers = dict.fromkeys(sizes, 0)
        for _ in sizes:
            for arrow in self._arrows:
                above, below = self._ends(arrow)
                if above != below:
                    layers[below] = max(layers[below], layers[above] + 1)
        return layers

    def _way(self, arrow: Arrow) -> list[_Cell]:
        """The cells that an arrow goes through, from top to bottom."""
        above, below = (self._cells[name] for name in self._ends(arrow))
        if above is below:
            return [above, below]
        passed = [
            _Cell(layer, CHANNEL, 0.0, STRAIGHT) for layer in range(above.layer + 1, below.layer)
        ]
        if arrow.label is not None:
            first = passed[-1 if arrow in self._backwards else 0]
            first.width, first.height = arrow.label
        way = [above, *passed, below]
        for one, other in pairwise(way):
            one.below.append(other)
            other.above.append(one)
        return way

    def order(self) -> None:
        """Order each layer so that few arrows cross: by the middle of the neighbours."""
        self._first_order()
        best, fewest = [list(row) for row in self._rows], self._crossings()
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for row in self._rows if down else reversed(self._rows):
                middles = {id(cell): _middle(cell, down=down) for cell in row}
                row.sort(key=lambda cell: middles[id(cell)])
                self._number(row)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(row) for row in self._rows], crossings
        self._rows = best
        for row in self._rows:
            self._number(row)

    def _first_order(self) -> None:
        """The order of the file: what an earlier branch leads to stands further left."""
        seen: dict[int, _Cell] = {}
        waiting = list(reversed(self._cells.values()))
        while waiting:
            cell = waiting.pop()
            if id(cell) not in seen:
                seen[id(cell)] = cell
                waiting += reversed(cell.below)
        ranks = {identity: number for number, identity in enumerate(seen)}
        for row in self._rows:
            row.sort(key=lambda cell: ranks[id(cell)])
            self._number(row)

    @staticmethod
    def _number(row: list[_Cell]) -> None:
        for place_, cell in enumerate(row):
            cell.place = place_

    def _crossings(self) -> int:
        found = 0
        for row in self._rows:
            ends = [(cell.place, below.place) for cell in row for below in cell.below]
            found += sum(a < c and b > d for a, b in ends for c, d in ends)
        return found

    def spread(self, between: float) -> None:
        """Give each cell its x: near to its neighbours, and not over the next one."""
        for row in self._rows:
            _settle(row, [0.0] * len(row))
        for sweep in range(SETTLING):
            down = sweep % 2 == 0
            for row in self._rows if down else reversed(self._rows):
                _settle(row, [_wanted(cell, both=sweep >= SWEEPS, down=down) for cell in row])
        left = min(cell.x - cell.width / 2 for row in self._rows for cell in row)
        y = 0.0
        for row in self._rows:
            for cell in row:
                cell.x -= left
                cell.y = y
            height = max(cell.height for cell in row)
            y += height + (between if height else 0.0)

    def layout(self) -> Layout:
        """Give the places and the ways."""
        cells = [cell for row in self._rows for cell in row]
        return Layout(
            boxes={name: _box(cell) for name, cell in self._cells.items()},
            routes=tuple(map(self._route, self._arrows, self._ways)),
            width=max(cell.x + cell.width / 2 for cell in cells),
            height=max(cell.y + cell.height for cell in cells),
        )

    def _route(self, arrow: Arrow, way: list[_Cell]) -> Route:
        above, *passed, below = way
        if above is below:
            return _around(_box(above))
        points = [(_port(above, way[1], above.below), above.y + above.height)]
        points += [(points[0][0], self._floor(above))]
        for cell in passed:
            # A layer of labels that has none is no place of its own.
            if self._floor(cell) > cell.y:
                points += [(cell.x, cell.y), (cell.x, self._floor(cell))]
        points.append((_port(below, way[-2], below.above), below.y))
        backwards = arrow in self._backwards
        label = _box(passed[-1 if backwards else 0]) if arrow.label else None
        return Route(tuple(reversed(points) if backwards else points), label)

    def _floor(self, cell: _Cell) -> float:
        return cell.y + max(other.height for other in self._rows[cell.layer])


def _backwards(names: Mapping[str, object], arrows: Sequence[Arrow]) -> set[Arrow]:
    """Find the arrows that close a circle: they are led upwards."""
    found: set[Arrow] = set()
    done: set[str] = set()
    for start in names:
        open_: list[str] = []
        waiting: list[tuple[str, bool]] = [(start, True)]
        while waiting:
            name, enters = waiting.pop()
            if not enters:
                open_.remove(name)
                done.add(name)
            elif name not in done and name not in open_:
                open_.append(name)
                waiting.append((name, False))
                for arrow in reversed(arrows):
                    if arrow.source == name and arrow.target != name:
                        if arrow.target in open_:
                            found.add(arrow)
                        else:
                            waiting.append((arrow.target, True))
    return found


def _middle(cell: _Cell, *, down: bool) -> float:
    """The mean place of the neighbours; without any, its own."""
    near = cell.above if down else cell.below
    return sum(other.place for other in near) / len(near) if near else float(cell.place)


def _wanted(cell: _Cell, *, both: bool, down: bool) -> float:
    near = [*cell.above, *cell.below] if both else cell.above if down else cell.below
    if not near:
        return cell.x
    weights = [other.weight for other in near]
    return sum(other.x * w for other, w in zip(near, weights, strict=True)) / sum(weights)


def _settle(row: list[_Cell], wanted: Sequence[float]) -> None:
    """Put cells as near as can be to where they want to be, in order and apart.

    Those that push one another move as one block to the mean of their wishes (pool adjacent
    violators: the least squares under the order).
    """
    blocks: list[tuple[float, float, int]] = []  # wish, weight, cells
    offset, offsets = 0.0, []
    for place_, (cell, wish) in enumerate(zip(row, wanted, strict=True)):
        if place_:
            offset += (row[place_ - 1].width + cell.width) / 2 + BESIDE
        offsets.append(offset)
        block = (wish - offset, cell.weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            wish_, weight, count = blocks.pop()
            total = weight + block[1]
            mean = (wish_ * weight + block[0] * block[1]) / total
            block = (mean, total, count + block[2])
        blocks.append(block)
    places = [wish for wish, _, count in blocks for _ in range(count)]
    for cell, place_x, offset_ in zip(row, places, offsets, strict=True):
        cell.x = place_x + offset_


def _box(cell: _Cell) -> Box:
    return Box(cell.x - cell.width / 2, cell.y, cell.width, cell.height)


def _port(cell: _Cell, other: _Cell, all_: Sequence[_Cell]) -> float:
    """Where on the edge of a box an arrow begins or ends: beside its others, in their order."""
    ordered = sorted(all_, key=lambda near: near.x)
    apart = min(36.0, 0.9 * cell.width / len(ordered))
    place_ = next(number for number, near in enumerate(ordered) if near is other)
    return cell.x + (place_ - (len(ordered) - 1) / 2) * apart


def _around(box: Box) -> Route:
    """The way of an arrow that leads back to its own box, at its right edge."""
    right, middle, half = box.x + box.width, box.y + box.height / 2, min(10.0, box.height / 4)
    out = right + BESIDE / 2
    corners = ((right, half), (out, half), (out, -half), (right, -half))
    return Route(tuple((x, middle + y) for x, y in corners), None)
