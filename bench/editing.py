"""What an edit costs a process of the line: reading from nothing against reading after one change.

    .venv/bin/python -m bench.editing [--times 5]

Both ways read and judge the same files, one after the other, and must find the same. Seconds are
those of the processor, so that a busy machine changes them little. Then what being remembered
takes of memory, and the rest of what an edit costs: looking, and keeping a copy.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bot import clock
from bot.content.memory import Memory
from bot.publishing import continuity, reading
from bot.publishing.reading import Files, Reading
from bot.publishing.shelf import Shelf
from tests.support.editions import whole_copy

T = TypeVar("T")

EDITS = (
    ("one number", "content/directory/missions.yml", "'+85512813282'", "'+8551281328{}'"),
    ("one line more", "content/directory/missions.yml", "missions:", "# {}\nmissions:"),
    ("one answer", "content/answers/passport_missing/en.md", "can be replaced", "is replaced {}"),
    ("an English phrase", "content/phrases/en.yml", "Talk to a person", "Talk to a person {}"),
    ("an Indonesian phrase", "content/phrases/id.yml", 'button_human: "', 'button_human: "{} '),
    ("one flow", "flows/wages.yml", "version:", "# {}\nversion:"),
)


def main(times: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as name:
        files = whole_copy(Path(name))
        reading.look(files, clock.today())  # templates are compiled once, whichever way is taken
        memory = Memory()
        row("read from nothing", f"{_kept(files, memory) / 2**20:.1f} MB remembered")
        print(f"\n{'edit':24}{'from nothing':>14}{'after it':>12}")
        for what, path, before, after in EDITS:
            anew, again = _edit(files, memory, files.content.parent / path, (before, after), times)
            print(f"{what:24}{anew:12.3f} s{again:10.3f} s")
        edition = reading.read(files, clock.today())
        flows, shelf = edition.flows, Shelf(Path(name) / "shelf")
        print()
        row("look for a change", f"{_took(files.signature)[0]:.3f} s")
        beside = _took(lambda: continuity.newly_broken([flows], edition, edition, files.tiers))
        row("beside an older edition", f"{beside[0]:.3f} s")
        kept = _took(lambda: shelf.keep(files, edition.version, files.signature()))
        row("keep a copy, once live", f"{kept[0]:.3f} s")


def _edit(
    files: Files, memory: Memory, path: Path, change: tuple[str, str], times: int
) -> tuple[float, float]:
    """Edit a file some times, read it both ways; the medians of the seconds that took."""
    text, (before, after) = path.read_text(encoding="utf-8"), change
    assert before in text
    both = []
    for number in range(times):
        changed = text.replace(before, after.format(number), 1)
        path.write_text(changed, encoding="utf-8")
        anew, found = _took(lambda: reading.look(files, clock.today()))
        again, same = _took(lambda: reading.look(files, clock.today(), (), memory))
        assert found.edition is not None
        assert (found.problems, found.edition.version) == _told(same)
        both.append((anew, again))
    path.write_text(text, encoding="utf-8")
    reading.look(files, clock.today(), (), memory)
    return statistics.median(one for one, _ in both), statistics.median(two for _, two in both)


def _told(found: Reading) -> tuple[object, object]:
    return found.problems, found.edition and found.edition.version


def _kept(files: Files, memory: Memory) -> int:
    """Fill the memory; the bytes that stay, beside the edition, which is there either way."""
    sizes = []
    for given in (None, memory):
        tracemalloc.start()
        held = reading.look(files, clock.today(), (), given)
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        del held
    return sizes[1] - sizes[0]


def _took(work: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def row(name: str, value: str) -> None:
    """Print one figure."""
    print(f"{name:24}{value:>26}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, default=5)
    main(arguments.parse_args().times)
