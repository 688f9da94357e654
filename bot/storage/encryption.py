"""Keys: one for each conversation, wrapped under the key of a day, all outside the database.

A keyring file in the data directory, sealed under the master key, holds the key of each
epoch (one day) and the secret of the look-up hashes. The database holds only what was
sealed: each conversation's key wrapped under an epoch, and texts, addresses and flow state
under the conversation's key. Living keys are re-wrapped under the new day's epoch and the
old epoch is destroyed (`rotate_keys`), so what was erased cannot be read from any backup of
the database after a day, whoever holds the master key (design.md, decision 12).

Sealing is AES-256-GCM with a random 96-bit nonce and the row's identity as associated data
(NIST SP 800-38D: at most 2^32 random nonces a key; a conversation stays far below it).
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyringError(Exception):
    """The keys cannot be used; nothing is written until that is mended."""


class Unreadable(Exception):
    """Something sealed cannot be opened: its key is gone, or it was tampered with."""


def seal(key: bytes, plain: bytes, identity: str) -> bytes:
    """Encrypt under a 32-byte key; `identity` says what and whose it is, and is needed again."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, identity.encode())


def unseal(key: bytes, sealed: bytes, identity: str) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        Unreadable: another key or identity, or altered bytes.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], identity.encode())
    except (InvalidTag, ValueError):
        raise Unreadable from None


@dataclass(slots=True)
class Keyring:
    """The keys of one installation: open with `Keyring.open`, shared by all its processes."""

    path: Path
    master: bytes = field(repr=False)
    identity: str = ""
    """Which keyring this is: stored in the database, so that a lost one is noticed."""
    _lookup: bytes = field(default=b"", repr=False)
    _epochs: dict[str, bytes] = field(default_factory=dict, repr=False)
    _stamp: tuple[int, int] = (0, 0)

    @classmethod
    def open(cls, directory: Path, master: bytes | None, today: date) -> Keyring:
        """Open the keyring of a data directory, or make it on the first start.

        Raises:
            KeyringError: the file is damaged or belongs to another master key.
        """
        directory.mkdir(parents=True, exist_ok=True)
        with _alone(directory):
            ring = cls(directory / "keyring.json", master or _master_from_file(directory))
            if ring.path.exists():
                ring._read()
            else:
                ring.identity = secrets.token_hex(16)
                ring._lookup = secrets.token_bytes(KEY_BYTES)
                ring._epochs = {today.isoformat(): secrets.token_bytes(KEY_BYTES)}
                ring._write()
        return ring

    def look_up(self, channel: str, address: str) -> bytes:
        """Keyed hash of an address, 32 bytes: finds it again, tells nothing without the key.

        A plain hash would not do: every ten-digit id can be tried in an hour (threats.md, T10).
        """
        # What a stranger sends as an address (a cookie) may hold bytes that are no text.
        plain = f"{channel}\0{address}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._lookup, plain, hashlib.sha256)

    @property
    def epoch(self) -> str:
        """The epoch that began last, under which new keys are wrapped (an ISO date).

        The last to begin, not the latest date: one wrong clock must not end the rotation.
        """
        self._refresh()
        return next(reversed(self._epochs))

    @property
    def epochs(self) -> tuple[str, ...]:
        """All epochs that are still readable, oldest first."""
        self._refresh()
        return tuple(sorted(self._epochs))

    def wrap(self, key: bytes, identity: str) -> tuple[bytes, str]:
        """Wrap a conversation's key; the wrapped key and the epoch it needs."""
        epoch = self.epoch
        return seal(self._epochs[epoch], key, f"key:{identity}"), epoch

    def unwrap(self, wrapped: bytes, epoch: str, identity: str) -> bytes:
        """Unwrap a conversation's key.

        Raises:
            Unreadable: the epoch was destroyed, or the row was altered.
        """
        if epoch not in self._epochs:
            self._refresh()
        if epoch not in self._epochs:
            raise Unreadable
        return unseal(self._epochs[epoch], wrapped, f"key:{identity}")

    def begin_epoch(self, day: date) -> bool:
        """Begin the epoch of a day; False when it had begun."""
        with _alone(self.path.parent):
            self._refresh()
            if day.isoformat() in self._epochs:
                return False
            self._epochs[day.isoformat()] = secrets.token_bytes(KEY_BYTES)
            self._write()
        return True

    def destroy_epoch(self, epoch: str) -> None:
        """Destroy an old epoch's key for ever. What is still wrapped under it is lost."""
        with _alone(self.path.parent):
            self._refresh()
            self._epochs.pop(epoch, None)
            self._write()

    def _refresh(self) -> None:
        if self._stamp != _stamp(self.path):
            self._read()

    def _read(self) -> None:
        stamp = _stamp(self.path)
        try:
            content = json.loads(self.path.read_text())
            identity = content["identity"]
            secret = json.loads(
                unseal(self.master, base64.b64decode(content["sealed"]), f"ring:{identity}")
            )
        except Unreadable:
            raise KeyringError(
                f"{self.path}: sealed under another master key. Set HELPLINE_KEY (or master.key "
                "beside it) to the key that made it"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeyringError(
                f"{self.path}: cannot be read ({type(error).__name__}). Restore it from its own "
                "backup; without it no stored conversation can be read"
            ) from None
        if self.identity not in {"", identity}:
            raise KeyringError(f"{self.path}: replaced by another keyring while this one is in use")
        self.identity = identity
        self._lookup = base64.b64decode(secret["lookup"])
        self._epochs = {day: base64.b64decode(key) for day, key in secret["epochs"].items()}
        self._stamp = stamp

    def _write(self) -> None:
        secret = {
            "lookup": base64.b64encode(self._lookup).decode(),
            "epochs": {day: base64.b64encode(k).decode() for day, k in self._epochs.items()},
        }
        sealed = seal(self.master, json.dumps(secret).encode(), f"ring:{self.identity}")
        _write_private(
            self.path,
            json.dumps({"identity": self.identity, "sealed": base64.b64encode(sealed).decode()}),
        )
        self._stamp = _stamp(self.path)


def _master_from_file(directory: Path) -> bytes:
    path = directory / "master.key"
    if not path.exists():
        if (directory / "keyring.json").exists():
            raise KeyringError(f"{path} is missing. Restore it, or set HELPLINE_KEY")
        _write_private(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    if path.stat().st_mode & 0o077:
        raise KeyringError(f"{path} can be read by others. Run: chmod 600 {path}")
    key = base64.b64decode(path.read_text())
    if len(key) != KEY_BYTES:
        raise KeyringError(f"{path} is damaged: it must hold 32 bytes in base64")
    return key


def _write_private(path: Path, text: str) -> None:
    """Replace a file as one step, readable by its owner only, and see it onto the disk."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    # The new name, too, must be on the disk before anything is stored under the keys it names.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep other processes from changing the keys: the change of one would be lost for ever."""
    descriptor = os.open(directory / "keyring.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_ino
