"""An editor's mistake, from the file to the phones of the team, and back again."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.settings import ROOT
from tests.support.desk import OperatorsDesk, open_desk
from tests.support.line import eventually
from tests.support.parts import private_directory
from tests.support.telegram_simulator.chats import Topic


async def test_a_broken_edit_is_told_where_editors_read_and_reaches_no_contact(
    postgres: str, template: str
) -> None:
    with private_directory() as directory:
        content = directory / "content"
        shutil.copytree(ROOT / "content", content)
        async with open_desk(postgres, template, content_dir=content) as desk:
            rina = await desk.operator("Rina")
            room = await desk.urgent()
            phrases = content / "phrases" / "en.yml"
            sound = phrases.read_text(encoding="utf-8")
            phrases.write_text(sound.replace("phrases:\n", "phrases:\n  no end\n", 1))
            await _told(desk, "An edit is not live.")
            topic = _topic(desk)
            told = desk.group.chat.in_topic(topic.thread_id)[-1].text
            assert told.splitlines()[3].startswith("content/phrases/en.yml:")
            seen = len(room.contact.screen)
            await rina.send("I mend it", chat=desk.group.chat, topic=topic.thread_id)
            _save(phrases, sound)
            await _told(desk, "All is live again.")
            await desk.quiet()
            assert len(room.contact.screen) == seen
            assert [one.deleted for one in desk.group.topics.values() if one is topic] == [False]


def _save(file: Path, text: str) -> None:
    """As many programs save: another file takes the place of the old one."""
    new = file.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


async def _told(desk: OperatorsDesk, beginning: str) -> None:
    """Wait until the editors' topic says so."""

    def is_told() -> bool:
        said = [one.text for one in desk.group.chat.from_bot if one.topic_id is not None]
        return any(text.startswith(beginning) for text in said)

    await eventually(is_told, what=beginning)


def _topic(desk: OperatorsDesk) -> Topic:
    (topic,) = [one for one in desk.group.topics.values() if one.name == "Editors"]
    return topic
