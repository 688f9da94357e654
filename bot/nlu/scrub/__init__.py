"""Takes numbers, names and addresses out of a text before anybody but its answerer keeps it.

What stands in their place is `[number]`, `[name]` and so on. It takes out too much rather than too
little, and it is no promise: it cannot see a name in a script without capitals (all but Latin) that
nothing introduces ("my name is", "Mr"), a name all in small letters, a place that is no town of
the gazetteer, a number written out in words, or a story that only one person can tell. So what it
leaves is still sealed, kept shortly, and read by an editor before it is used.
"""

from bot.nlu.scrub.scrubbing import (
    LONGEST,
    PLACEHOLDERS,
    holds_placeholder,
    scrub,
    without_placeholders,
)

__all__ = ["LONGEST", "PLACEHOLDERS", "holds_placeholder", "scrub", "without_placeholders"]
