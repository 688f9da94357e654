"""Every check, one after the other: `python -m tests`, which `make test` runs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
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
)
BESIDE = ("tests/unit", "tests/transcripts", "tests/safety")
"""What runs beside the others, giving way to them: those mostly wait for something to happen."""


def main() -> int:
    """Run all checks, also after one has failed; 0 when all passed."""
    failed = [name for number, (name, command) in enumerate(CHECKS, 1) if _fails(number, command)]
    print(f"[{len(CHECKS) + 1}/{len(CHECKS) + 1}] tests ...", flush=True)
    if not (_pytest(*sys.argv[1:]) if sys.argv[1:] else _both()):
        failed.append("tests")
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed else 0


def _fails(number: int, command: list[str]) -> bool:
    began = time.monotonic()
    print(f"[{number}/{len(CHECKS) + 1}] {CHECKS[number - 1][0]} ...", flush=True)
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        print(done.stdout, flush=True)
    verdict = "failed" if done.returncode else "passed"
    print(f"      {verdict} in {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode != 0


def _both() -> bool:
    """Run some tests beside all others, whose lines are shown as they come."""
    with tempfile.TemporaryFile() as said:
        command = ["nice", "-n", "10", str(BIN / "pytest"), "-q", *BESIDE]
        with subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said) as beside:
            others = _pytest("--durations=8", *(f"--ignore={path}" for path in BESIDE))
        said.seek(0)
        print(f"Beside them, {', '.join(BESIDE)}:", flush=True)
        print(said.read().decode(errors="replace"), flush=True)
    return others and beside.returncode == 0


def _pytest(*arguments: str) -> bool:
    command = [str(BIN / "pytest"), "-q", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
