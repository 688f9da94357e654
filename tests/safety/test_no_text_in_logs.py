"""S13 of the threat study: nothing that a contact wrote or is known by stands in any log."""

from __future__ import annotations

import pytest

from tests.safety.bad_day import ANSWERS, HEALTH, LOG, METRICS, SERVER_LOG, Day
from tests.safety.canaries import CONTROL, KHMER, MARK, Search


@pytest.mark.parametrize("place", [LOG, SERVER_LOG, METRICS, HEALTH, ANSWERS])
def test_nothing_of_a_contact_is_told(bad_day: Day, place: str) -> None:
    assert bad_day.search.leaks(place) == set()


@pytest.mark.parametrize("place", [LOG, SERVER_LOG, METRICS])
def test_what_is_planted_there_is_found(bad_day: Day, place: str) -> None:
    assert bad_day.search.finds_control(place)


def test_all_that_should_have_gone_wrong_did(bad_day: Day) -> None:
    happened = bad_day.statuses
    assert happened["failed turns"] >= 2
    assert happened["parked updates"] >= 2
    assert happened["cut connections"] >= 8
    assert happened["library records"] >= 100
    assert happened["uncaught errors"] >= 20
    assert happened["waiting jobs"] > 0
    assert happened["wiped"] == 1
    assert happened["delivered"] >= 20
    assert happened["web chat"] in {200, 202}
    assert happened["webhook 401"] == 2
    assert happened["webhook 400"] == 2
    assert happened["webhook 200"] == 2


@pytest.mark.parametrize("secret", [MARK, KHMER, CONTROL])
@pytest.mark.parametrize(
    "wrapped",
    [
        lambda text: text.encode(),
        lambda text: b'{"event": "' + ascii(text)[1:-1].encode() + b'"}',
        lambda text: repr(text.encode()).encode(),
        lambda text: text.encode().hex().encode(),
        lambda text: text.encode("utf-16-le"),
    ],
)
def test_the_search_sees_through_escapes(secret: str, wrapped: object) -> None:
    assert callable(wrapped)
    search = Search()
    search.text("secret", secret)
    search.look("here", b"\x00before " + wrapped(f"one {secret} two") + b" after")
    assert search.leaks("here") == {"secret"}
