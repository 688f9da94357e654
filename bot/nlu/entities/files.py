"""Reads the files of `nlu/entities`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # five times as fast, where it was built


class GazetteerError(Exception):
    """A file of names can't be read; the message names the file."""


def read(path: Path) -> dict[str, Any]:
    """A file's mapping. Raises GazetteerError."""
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - safe one
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise GazetteerError(f"{path} can't be read ({type(error).__name__})") from error
    if not isinstance(found, dict):
        raise GazetteerError(f"{path} must hold names for each key")
    return found


def read_lists(path: Path) -> dict[str, list[str]]:
    """A file of lists of names. Raises GazetteerError."""
    found = read(path)
    for names in found.values():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise GazetteerError(f"{path} must hold a list of names for each key")
    return found


def read_mappings(path: Path) -> dict[str, dict[str, Any]]:
    """A file of mappings. Raises GazetteerError."""
    found = read(path)
    if not all(isinstance(value, dict) for value in found.values()):
        raise GazetteerError(f"{path} must hold a mapping for each key")
    return found
