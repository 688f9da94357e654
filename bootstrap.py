"""Puts uv into .uv/, with whatever this machine has: uv itself, pip, or Python's venv.

Run by `make`. Needs Python 3.11 or newer and nothing else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / ".uv"
LINK = HERE / "uv"
UV = "uv>=0.9"
OLDEST = (3, 11)


def main() -> int:
    """Provide `.uv/uv`; its exit status."""
    if sys.version_info < OLDEST:
        print(f"The help line needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        print("Name another one: make run PYTHON=python3.12")
        return 1
    HERE.mkdir(exist_ok=True)
    for provide in (_from_path, _from_pip, _from_venv, _from_debian):
        found = provide()
        if found is not None:
            LINK.unlink(missing_ok=True)
            LINK.symlink_to(found)
            return 0
    print("uv could not be installed: this Python has neither pip nor venv.")
    print("On Debian and Ubuntu: sudo apt-get install python3-venv   Then run make again.")
    return 1


def _from_path() -> Path | None:
    found = shutil.which("uv")
    return Path(found) if found else None


def _from_pip() -> Path | None:
    # --target works where the system's Python is "externally managed" (PEP 668).
    target = HERE / "pip"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", str(target), "--upgrade", UV]
    return _executable(target) if _runs(pip) else None


def _from_venv() -> Path | None:
    target = HERE / "venv"
    made = [sys.executable, "-m", "venv", "--clear", str(target)]
    return _executable(target) if _runs(made) and _runs(_pip_of(target)) else None


def _from_debian() -> Path | None:
    """As root on Debian or Ubuntu, whose Python comes without pip and venv: install them."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    print("This Python has neither pip nor venv: installing the package python3-venv ...")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    update = ["apt-get", "-qq", "update"]
    install = ["apt-get", "-qq", "-y", "--no-install-recommends", "install", "python3-venv"]
    return _from_venv() if _runs(update, quiet) and _runs(install, quiet) else None


def _pip_of(environment: Path) -> list[str]:
    return [str(environment / "bin" / "pip"), "install", "-q", UV]


def _runs(command: list[str], environment: dict[str, str] | None = None) -> bool:
    try:
        done = subprocess.run(
            command, check=False, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    except OSError:
        return False
    return done.returncode == 0


def _executable(directory: Path) -> Path | None:
    found = directory / "bin" / "uv"
    return found if found.exists() else None


if __name__ == "__main__":
    sys.exit(main())
