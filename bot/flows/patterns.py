"""Compiles the patterns of `matches`, and refuses those that could be slow on a hostile text."""

from __future__ import annotations

import re
from typing import Final


class ConditionError(ValueError):
    """A condition cannot be read: what is wrong with it, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what} ({mend})")
        self.what = what
        self.mend = mend


def compile_safe(source: str) -> re.Pattern[str]:
    """Compile a pattern of a flow file.

    Python's `re` has no limit on time: `(a+)+$` takes seconds on thirty letters. Without
    repeated groups and with at most two repeats, 200 characters are searched in under 10 ms.

    Raises:
        ConditionError: it is no regular expression, or one that could be slow.
    """
    bare = re.sub(r"\\.", "x", re.sub(r"\[(?:\\.|[^\]\\])*\]", "x", source))
    if re.search(r"\)(?:[*+]|\{)", bare) or len(_REPEAT.findall(bare)) > _MAX_REPEATS:
        raise ConditionError(
            "the pattern could be slow", "no repeated groups, at most two of `*`, `+`, `{n,}`"
        )
    if re.search(r"\\[1-9]|\(\?[=!<P]", source):
        raise ConditionError("the pattern looks around or back", "use a plain pattern")
    try:
        return re.compile(source)
    except re.error as error:
        raise ConditionError(f"not a regular expression: {error.msg}", "mend it") from None


_REPEAT: Final = re.compile(r"[*+]|\{\d*,\d*\}")
_MAX_REPEATS: Final = 2
