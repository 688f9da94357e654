"""A dead number is mended once: every text of every language gives the new one."""

from __future__ import annotations

from pathlib import Path

from bot import clock
from bot.content import answers
from bot.content.library import Library
from bot.domain.events import Answered, MissionShown
from bot.publishing import reading
from tests.support.editions import whole_copy

MISSION, COUNTRY = "id_embassy_phnom_penh", "ID"
OLD, NEW = "+85512813282", "+85512813283"
SHOWN_OLD, SHOWN_NEW = "+855 12 813 282", "+855 12 813 283"


def test_changing_one_number_changes_all_fourteen_languages(tmp_path: Path) -> None:
    files = whole_copy(tmp_path)
    before = _texts(reading.read(files, clock.today()).content)
    named = {place for place, text in before.items() if SHOWN_OLD in text}
    languages = {language for language, _ in before}
    assert len(languages) == 14
    assert {language for language, _ in named} == languages

    directory = files.content / "directory" / "missions.yml"
    text = directory.read_text(encoding="utf-8")
    assert text.count(OLD) == 1  # there is one place to mend
    directory.write_text(text.replace(OLD, NEW), encoding="utf-8")

    after = _texts(reading.read(files, clock.today()).content)
    assert {place for place, text in after.items() if SHOWN_NEW in text} == named
    assert not [place for place, text in after.items() if SHOWN_OLD in text]
    for place, text in before.items():
        assert after[place] == text.replace(SHOWN_OLD, SHOWN_NEW), place


def _texts(content: Library) -> dict[tuple[str, str], str]:
    """All that somebody of this country can be given, by language and what it is."""
    texts = {}
    for language, _ in content.offered_languages():
        given = {MISSION: MissionShown(MISSION)} | {
            topic: Answered(topic, COUNTRY) for topic in sorted(content.topics())
        }
        for name, event in given.items():
            said = answers.render(content, [event], language, clock.today())
            texts[language, name] = "\n".join(message.text for message in said)
    return texts
