"""Every check, one after the other: `python -m tests`, which `make test` runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS = (
    ("style", ["ruff", "check", "-q", "."]),
    ("format", ["ruff", "format", "-q", "--check", "."]),
    ("types", ["mypy"]),
    ("imports", ["lint-imports"]),
    ("flows and content", ["helpline", "check"]),
    ("tests", ["pytest", "-q", "--durations=8"]),
)


def main() -> int:
    """Run all checks, also after one has failed; 0 when all passed."""
    failed = []
    for number, (name, command) in enumerate(CHECKS, 1):
        began = time.monotonic()
        print(f"[{number}/{len(CHECKS)}] {name} ...", flush=True)
        last = number == len(CHECKS)
        # The tests' own lines are shown as they come, and close the output.
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:], *(sys.argv[1:] if last else [])],
            cwd=ROOT,
            check=False,
            text=True,
            stdout=None if last else subprocess.PIPE,
            stderr=None if last else subprocess.STDOUT,
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout or "", flush=True)
        if not last:
            verdict = "failed" if done.returncode else "passed"
            print(f"      {verdict} in {time.monotonic() - began:.0f} s", flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
