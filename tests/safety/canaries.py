"""What is looked for: marked texts, names, numbers and places; and where: bytes of any kind."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

MARK = "qzv7xkw"
"""Stands in every text, name and payload that a contact sends."""
KHMER = "ឃ៧ឈ៩ឌ៤ញ"
"""Stands in some, for what is escaped on its way."""
CONTROL = "qzw8control"
"""Planted on purpose, to show that the search finds what is there."""
POISON = "fails the turn"
"""A message with this in it makes its turn raise."""


def forms(secret: str) -> set[bytes]:
    """How a secret may look in a file, a log or a dump, in small letters."""
    plain = secret.encode()
    escaped = json.dumps(secret)[1:-1].encode()
    found = {
        plain,
        escaped,
        escaped.replace(b"\\", b"\\\\"),
        repr(plain)[2:-1].encode(),
        quote(secret).encode(),
        plain.hex().encode(),
        secret.encode("utf-16-le"),
        *_in_base64(plain),
    }
    return {form.lower() for form in found}


def _in_base64(plain: bytes) -> set[bytes]:
    """What of it stands in base64, wherever in the encoded bytes it begins."""
    found = set()
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain)
        found.add(whole[4 if shift else 0 : len(whole) // 4 * 4 - 4])
    return {piece for piece in found if len(piece) >= 6}


def numbers(number: int) -> set[bytes]:
    """How a number may look: its digits, or as a database keeps it."""
    found = {str(number).encode(), struct.pack("<q", number), struct.pack(">q", number)}
    return {form.lower() for form in found}


def as_bytes(value: object) -> bytes:
    """What a database gave, as a dump would hold it."""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "surrogatepass")


@dataclass
class Search:
    """Looks through everything it is given, at once, and remembers only what it found."""

    needles: dict[str, set[bytes]] = field(default_factory=dict)
    """Name of a secret, and its forms."""
    hits: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Place, and the names of the secrets that were found there."""
    seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Place, and how many bytes were looked through there."""

    def text(self, name: str, secret: str) -> None:
        self.needles[name] = forms(secret)

    def number(self, name: str, number: int) -> None:
        self.needles[name] = numbers(number)

    def look(self, place: str, data: bytes) -> None:
        """Look through some bytes."""
        self.seen[place] += len(data)
        data = data.lower()
        self.hits[place] |= {
            name for name, looks in self.needles.items() if any(form in data for form in looks)
        }

    def look_through(self, place: str, directory: Path, leave_out: re.Pattern[str]) -> None:
        """Look through every file below a directory, and through the files' names."""
        for path in sorted(directory.rglob("*")):
            if path.is_file() and not leave_out.search(str(path.relative_to(directory))):
                try:
                    data = path.read_bytes()
                except FileNotFoundError:  # a server at work takes its files away
                    continue
                self.look(place, data)
                self.look(place, str(path).encode())

    def leaks(self, place: str) -> set[str]:
        """What should not be there."""
        assert self.seen[place] > 0, f"nothing was looked through: {place}"
        return self.hits[place] - {"control"}

    def finds_control(self, place: str) -> bool:
        """Whether what was planted there was found."""
        return "control" in self.hits[place]
