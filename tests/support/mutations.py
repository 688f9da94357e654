"""Makes edits that nobody thought of: small changes of a line somewhere in a copy of the files."""

from __future__ import annotations

import random
import re
from pathlib import Path

ENDS = (
    " police", " polisi", " <b>", " **", " {", " x" * 400,
    " {{ services.police_117.phone }}", " {{ mission.phone }}",
    " {{ country }}", " {{ figures.x }}",
)  # fmt: skip


def mutate(root: Path, chance: random.Random) -> None:
    """Change one line, of a file that many others depend on every second time."""
    every = sorted(path for path in root.rglob("*") if path.suffix in {".yml", ".md"})
    shared = [path for path in every if path.suffix == ".yml" and "content" in path.parts]
    path = chance.choice(chance.choice((every, shared)))
    lines = path.read_text(encoding="utf-8").split("\n")
    at = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines.insert(at, "# a line more" if path.suffix == ".yml" else "One line more.")
        case 3:
            lines[at] += chance.choice(ENDS)
        case 4:
            lines[at] = re.sub(r"\d", lambda _: str(chance.randrange(10)), lines[at])
        case _:
            words = lines[at].split(" ")
            chance.shuffle(words)
            lines[at] = " ".join(words)
    path.write_text("\n".join(lines), encoding="utf-8")
