from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.storage.encryption import Keyring, KeyringError, Unreadable, seal, unseal

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
KEY = bytes(range(32))


def test_what_is_sealed_comes_back_and_looks_like_nothing() -> None:
    sealed = seal(KEY, b"they locked the door", "message:1")
    assert b"door" not in sealed
    assert unseal(KEY, sealed, "message:1") == b"they locked the door"
    assert seal(KEY, b"they locked the door", "message:1") != sealed


@pytest.mark.parametrize("place", [0, 11, 12, -1])
def test_an_altered_byte_is_noticed(place: int) -> None:
    sealed = bytearray(seal(KEY, b"text", "message:1"))
    sealed[place] ^= 1
    with pytest.raises(Unreadable):
        unseal(KEY, bytes(sealed), "message:1")


def test_a_row_cannot_be_passed_off_as_another() -> None:
    with pytest.raises(Unreadable):
        unseal(KEY, seal(KEY, b"text", "message:1"), "message:2")


def test_the_keyring_is_found_again_and_is_not_readable_as_it_lies(tmp_path: Path) -> None:
    ring = Keyring.open(tmp_path, None, MONDAY)
    wrapped, epoch = ring.wrap(KEY, "c1")
    again = Keyring.open(tmp_path, None, TUESDAY)
    assert again.unwrap(wrapped, epoch, "c1") == KEY
    assert again.look_up("telegram", "5") == ring.look_up("telegram", "5")
    assert (tmp_path / "keyring.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "master.key").stat().st_mode & 0o077 == 0


def test_look_ups_of_two_installations_tell_nothing_of_each_other(tmp_path: Path) -> None:
    one = Keyring.open(tmp_path / "a", None, MONDAY)
    other = Keyring.open(tmp_path / "b", None, MONDAY)
    assert one.look_up("telegram", "5") != other.look_up("telegram", "5")
    assert one.look_up("telegram", "5") != one.look_up("webchat", "5")


def test_a_destroyed_epoch_is_unreadable_to_whoever_holds_the_master_key(tmp_path: Path) -> None:
    ring = Keyring.open(tmp_path, None, MONDAY)
    wrapped, epoch = ring.wrap(KEY, "c1")
    assert ring.begin_epoch(TUESDAY)
    assert not ring.begin_epoch(TUESDAY)
    ring.destroy_epoch(epoch)
    with pytest.raises(Unreadable):
        ring.unwrap(wrapped, epoch, "c1")
    with pytest.raises(Unreadable):
        Keyring.open(tmp_path, None, TUESDAY).unwrap(wrapped, epoch, "c1")


def test_another_process_sees_a_new_epoch_at_once(tmp_path: Path) -> None:
    one = Keyring.open(tmp_path, None, MONDAY)
    other = Keyring.open(tmp_path, None, MONDAY)
    one.begin_epoch(TUESDAY)
    wrapped, epoch = one.wrap(KEY, "c1")
    assert other.unwrap(wrapped, epoch, "c1") == KEY
    assert other.epoch == TUESDAY.isoformat()


def test_another_master_key_is_refused_with_the_mend(tmp_path: Path) -> None:
    Keyring.open(tmp_path, bytes(32), MONDAY)
    with pytest.raises(KeyringError, match="HELPLINE_KEY"):
        Keyring.open(tmp_path, KEY, MONDAY)


def test_a_lost_key_file_is_never_replaced_in_silence(tmp_path: Path) -> None:
    Keyring.open(tmp_path, None, MONDAY)
    (tmp_path / "master.key").unlink()
    with pytest.raises(KeyringError, match="missing"):
        Keyring.open(tmp_path, None, MONDAY)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    Keyring.open(tmp_path, None, MONDAY)
    (tmp_path / "master.key").chmod(0o644)
    with pytest.raises(KeyringError, match="chmod 600"):
        Keyring.open(tmp_path, None, MONDAY)


def test_a_damaged_keyring_is_refused(tmp_path: Path) -> None:
    Keyring.open(tmp_path, None, MONDAY)
    (tmp_path / "keyring.json").write_text("{")
    with pytest.raises(KeyringError, match="backup"):
        Keyring.open(tmp_path, None, MONDAY)
