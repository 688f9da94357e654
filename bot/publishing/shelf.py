"""Keeps copies of the last editions in which nothing was wrong, to start from when files are."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot import logs
from bot.domain.yaml_source import is_left_by_an_editor

if TYPE_CHECKING:
    from bot.publishing.reading import Files, Signature

log = logs.get()

COPIES: Final = 3
"""Editions that are kept. The newest is meant; those before it stand in for a damaged one."""
_UNFINISHED: Final = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A directory with a copy of each of the last good editions, by version.

    It holds what everybody may read and is content-addressed: processes may share it.
    """

    root: Path

    def versions(self) -> list[str]:
        """Give the versions that are kept, the newest first."""
        try:
            found = [entry for entry in os.scandir(self.root) if entry.is_dir()]
            kept = [entry for entry in found if not entry.name.startswith(_UNFINISHED)]
            return [
                entry.name
                for entry in sorted(kept, key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
            ]
        except OSError:  # there is none yet
            return []

    def files(self, version: str, like: Files) -> Files:
        """Say where a kept edition is read from."""
        place = self.root / version
        return replace(like, content=place / _CONTENT, flows=place / _FLOWS)

    def keep(self, files: Files, version: str, seen: Signature) -> None:
        """Keep a copy of files in which nothing was wrong when they looked as `seen`.

        What has changed since is not kept; a disk that is full is logged, and ends nothing.
        """
        try:
            self._keep(files, version, seen)
        except OSError as error:
            log.error("edition_not_kept", version=version, cause=logs.where(error))

    def _keep(self, files: Files, version: str, seen: Signature) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        place = self.root / version
        if place.is_dir():
            os.utime(place)
        else:
            copy = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.root))
            try:
                copy.chmod(0o755)
                _copy(files.content, copy / _CONTENT)
                _copy(files.flows, copy / _FLOWS)
                if files.signature() == seen and not place.exists():
                    copy.rename(place)
            finally:
                shutil.rmtree(copy, ignore_errors=True)
        for old in self.versions()[COPIES:]:
            shutil.rmtree(self.root / old, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """Copy what was read, links looked through; what an editor left is not taken along."""

    def left(_directory: str, names: list[str]) -> set[str]:
        return set(filter(is_left_by_an_editor, names))

    shutil.copytree(source, target, ignore=left, copy_function=shutil.copyfile)


_CONTENT: Final = "content"
"""Also how the directory is called in problems."""
_FLOWS: Final = "flows"
