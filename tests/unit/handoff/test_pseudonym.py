from __future__ import annotations

import uuid
from collections import Counter

from bot.handoff.pseudonym import BIRDS, COLOURS, pseudonym


def test_a_contact_keeps_the_name_and_another_most_likely_has_another() -> None:
    ids = [uuid.UUID(int=number * 0x9E3779B97F4A7C15) for number in range(1, 501)]
    names = [pseudonym(identity) for identity in ids]
    assert names == [pseudonym(identity) for identity in ids]
    assert len(set(names)) > 450


def test_names_of_random_ids_use_all_words() -> None:
    names = Counter(word for _ in range(20_000) for word in pseudonym(uuid.uuid4()).split())
    assert set(names) == {*COLOURS, *BIRDS}
    assert max(names.values()) < 2 * min(names.values())


def test_there_are_4096_names_of_two_plain_words() -> None:
    assert (len(set(COLOURS)), len(set(BIRDS))) == (64, 64)
    for word in (*COLOURS, *BIRDS):
        assert word.isascii()
        assert word.isalpha()
        assert word.istitle()
        assert len(word) <= 12


def test_no_name_is_what_people_are_called_by_or_a_rude_word() -> None:
    lower = {word.lower() for word in (*COLOURS, *BIRDS)}
    skins = {"black", "white", "brown", "yellow", "red", "tan", "pink"}
    rude = {"tit", "booby", "shag", "cock", "woodcock", "cuckoo", "gannet", "turkey", "vulture"}
    rude |= {"dodo", "coot", "goose", "hooker", "swallow", "thrush", "bustard", "chicken", "loon"}
    assert not lower & (skins | rude)
