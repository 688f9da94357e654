"""Reads the numbers of cases, groups and tasks as people type them after a command."""

from __future__ import annotations

import argparse
from typing import Final

_TOO_LARGE: Final = 2**63
"""No row has a number like that, and the database cannot even look for it."""


def number_of(text: str) -> int:
    """Read a whole number from 1 on: `12` or `#12`. For `type=` of argparse.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    plain = text.strip().removeprefix("#")
    if not plain.isdecimal() or not 1 <= int(plain) < _TOO_LARGE:
        raise argparse.ArgumentTypeError("a number, such as 12")
    return int(plain)
