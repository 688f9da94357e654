"""Content to test with: what the project ships, and a small tree that a test may break."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.library import CORE_PHRASES, Library, load

REAL = Path(__file__).parents[3] / "content"

EVIDENCE = """
    confidence: high
    verified_on: 2026-11-23
    review_by: 2027-02-21
    checked_by: nobody
    owner: editors
    sources:
      - title: A page
        date: undated
        ref: a shelf
"""


@pytest.fixture(scope="session")
def library() -> Library:
    """The content that the project ships."""
    return load(REAL)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small content directory without a fault."""
    root = tmp_path / "content"
    files = {
        "languages.yml": (
            "languages:\n"
            "  - {code: en, name: English, own_name: English, direction: ltr, offered: true}\n"
            "  - {code: id, name: Indonesian, own_name: Indonesia, direction: ltr, offered: true}\n"
        ),
        "safety_words.yml": "languages:\n  en: [police, escap, éscap]\n  id: [polisi]\n",
        "phrases/en.yml": _phrases("en"),
        "phrases/id.yml": _phrases("id"),
        "directory/missions.yml": (
            "missions:\n"
            "  - id: xx_embassy\n    country: ID\n    name: Embassy\n    kind: embassy\n"
            "    resident: true\n"
            "    phones:\n"
            "      - {number: '+85523217934', use: office, confidence: high}" + EVIDENCE
        ),
        "directory/services.yml": (
            "services:\n"
            "  - id: ambulance\n    name: Ambulance\n    kind: medical\n    what: An ambulance\n"
            "    phones:\n"
            "      - {number: '119', use: emergency, confidence: high}"
            + EVIDENCE
            + "    fallback: true\n"
        ),
        "directory/figures.yml": "figures:\n  - id: fine\n    value: 10 dollars" + EVIDENCE,
        "answers/medicine/en.md": answer("en", "A doctor: {{ services.ambulance.phone }}."),
        "answers/medicine/id.md": answer("id", "Untuk dokter, {{ services.ambulance.phone }} ya."),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def answer(language: str, body: str, front: str = "", topic: str = "medicine") -> str:
    """Write an answer file; its body begins at line 10, or later by the lines of `front`."""
    return (
        f"---\ntopic: {topic}\nlanguage: {language}\nsources:\n  - A page\n"
        f"verified_on: 2026-11-23\nreview_by: 2027-02-21\nreviewed: machine\n{front}---\n{body}\n"
    )


def _phrases(language: str) -> str:
    # The key in capital letters is what the phrase says: tests can see which one was used.
    space = " " if language == "en" else ""
    lines = [f"  {key}: '{language} {key.upper().replace('_', space)}'" for key in CORE_PHRASES]
    return f"language: {language}\nreviewed: machine\nphrases:\n" + "\n".join(lines) + "\n"
