"""Tells a role from the name of a person: the files can be read by the world, for good."""

from __future__ import annotations

from typing import Final

MEND: Final = "write a role in small letters, like `case worker`; never the name of a person"


def looks_like_a_name(text: str) -> bool:
    """Say whether a role begins as names do: `Sophea Chan`, not `case worker` or `NGO lawyer`.

    A name in small letters, or in a script that has no others, cannot be told from a role.
    """
    first = (text.split() or [""])[0]
    return first[:1].isupper() and not (len(first) > 1 and first.isupper())
