"""Promise: what people asked stands among the tasks of editors, when the store can be reached."""

from __future__ import annotations

import json

from bot.storage import missed
from tests.support.command import Command
from tests.support.parts import Parts


async def test_what_people_asked_is_among_the_tasks(parts: Parts, command: Command) -> None:
    async with parts.database.transaction() as session:
        missed.ask(session, "Can I send money home?", "id", 7)
    printed = await command.succeeds("content", "tasks", "--json")
    (task,) = [row for row in json.loads(printed.output) if row["kind"] == "asked"]
    assert "Can I send money home?" in task["what"]
    assert "1 asked" in (await command.succeeds("content", "tasks")).plain
