"""The first screen says whether an urgent case would reach anybody, and what to do if not."""

from __future__ import annotations

import pytest

from bot.cli.duty import Strength
from bot.cli.run import desk_line


@pytest.mark.parametrize(
    ("desk", "strength", "said"),
    [
        (False, Strength(3, 3, 3), "none: urgent cases wait where nobody sees them"),
        (True, Strength(0, 0, 0), "helpline operator add NAME --languages id,en"),
        (True, Strength(2, 0, 0), "no operator has used their link"),
        (True, Strength(2, 1, 0), "on: 1 operator, NOBODY on duty now"),
        (True, Strength(4, 3, 2), "on: 3 operators, 2 on duty now"),
    ],
)
def test_it_names_the_next_step_where_nobody_would_come(
    desk: bool,  # noqa: FBT001 - a case of the table
    strength: Strength,
    said: str,
) -> None:
    line = desk_line(strength, desk=desk)
    assert said in line
    assert all(len(f"  Desk        {part}") <= 94 for part in line.splitlines())
