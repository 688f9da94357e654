"""S11 of the threat study: whoever takes the disk, or a dump, reads nothing and knows nobody."""

from __future__ import annotations

import pytest

from tests.safety.bad_day import FILES, FILES_AT_REST, QUEUED_TABLES, TABLES, Day

MEGABYTE = 1_000_000


@pytest.mark.parametrize("place", [TABLES, QUEUED_TABLES, FILES, FILES_AT_REST])
def test_nothing_of_a_contact_lies_readable(bad_day: Day, place: str) -> None:
    assert bad_day.search.leaks(place) == set()


@pytest.mark.parametrize("place", [TABLES, QUEUED_TABLES, FILES, FILES_AT_REST])
def test_what_is_planted_there_is_found(bad_day: Day, place: str) -> None:
    assert bad_day.search.finds_control(place)


@pytest.mark.parametrize("place", [FILES, FILES_AT_REST])
def test_the_whole_server_was_looked_through(bad_day: Day, place: str) -> None:
    assert bad_day.search.seen[place] > 20 * MEGABYTE


def test_missed_questions_were_among_what_was_looked_through(bad_day: Day) -> None:
    assert bad_day.statuses["missed questions"] >= 2


def test_the_databases_server_does_not_carry_our_secrets(bad_day: Day) -> None:
    assert b"PATH=" in bad_day.server_environment
    assert b"HELPLINE_" not in bad_day.server_environment
