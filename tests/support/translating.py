"""A translator at work: a copy of the content, PO files, and the commands that join them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polib
import pytest

from bot import cli
from tests.support.command import Printed


@dataclass
class Translator:
    """Works on a copy of the project's content."""

    content: Path
    """The copy; `HELPLINE_CONTENT_DIR` names it."""
    po: Path
    """The file that is exported and imported."""
    capture: pytest.CaptureFixture[str]

    def run(self, *words: object) -> Printed:
        """Type `helpline content` and these words."""
        self.capture.readouterr()
        try:
            status = cli.main(["content", *map(str, words)])
        except SystemExit as end:  # argparse
            status = int(end.code or 0)
        output, errors = self.capture.readouterr()
        return Printed(status, output, errors)

    def export(self, language: str, *words: str) -> polib.POFile:
        """Export a language; read by a program that is not the one that wrote it."""
        assert self.run("export", language, "--out", self.po, *words).status == 0
        return polib.pofile(str(self.po), check_for_duplicates=True)

    def take(self, file: polib.POFile, *words: str) -> Printed:
        """Save and import a file."""
        file.save(str(self.po))
        return self.run("import", self.po, *words)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one place of a file, as an editor would."""
        path = self.content / name
        text = path.read_text()
        assert text.count(old) == 1, (name, text.count(old))
        path.write_text(text.replace(old, new))

    def text(self, name: str) -> str:
        return (self.content / name).read_text()

    def everything(self) -> dict[str, bytes]:
        """All files, also hidden ones, byte by byte."""
        return {
            path.relative_to(self.content).as_posix(): path.read_bytes()
            for path in self.content.rglob("*")
            if path.is_file()
        }


def entry(file: polib.POFile, context: str) -> polib.POEntry:
    """Find an entry by its name."""
    return next(found for found in file if found.msgctxt == context)
