"""What editors are told at the desk: every morning what to do next, and which edit is not live."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from bot import clock, logs, queue
from bot.content import tasks
from bot.content.tasks import Task, TaskKind
from bot.handoff.desk import Entry
from bot.handoff.paging import rota
from bot.storage import deliveries, missed, posts
from bot.storage.posts import EDITORS, Post, PostKind, PostStatus

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.content.voice import Voice
    from bot.domain.problems import Problem
    from bot.domain.understanding import Tier
    from bot.handoff.parts import Parts
    from bot.publishing.edition import Press

log = logs.get()

PRESSING: Final = (TaskKind.STALE, TaskKind.DUE, TaskKind.CHANGED, TaskKind.ASKED)
"""What the morning names. What has no day, and is so for months, would only hide it."""
MOST_TASKS: Final = 10
MOST_PROBLEMS: Final = 5
ANSWERS: Final = "content/answers"
LONGEST: Final = 300
"""Characters of one line: ten of them still are one message."""

TASKS, REFUSED, MENDED = "desk_editors_tasks", "desk_edit_refused", "desk_edit_mended"
"""Names of the notices in the editors' room."""


async def add_tasks(parts: Parts, tiers: Mapping[str, Tier]) -> None:
    """Post what editors should do next, once a day; nothing when nothing presses."""
    if parts.desk is None:
        return
    today = rota.local_day(clock.now())
    # It goes through all texts: beside the loop, in which others may be called for.
    listed, before = [
        await asyncio.to_thread(tasks.tasks, parts.content, tiers, day)
        for day in (today, today - timedelta(days=1))
    ]
    async with parts.database.transaction() as session:
        # Its job may run twice: after a crash, or beside another process.
        if not await deliveries.is_new(session, "editors", today.isoformat()):
            return
        known = {_key(task) for task in before if task.kind is TaskKind.STALE}
        stale = [task for task in listed if task.kind is TaskKind.STALE]
        new = [task for task in stale if _key(task) not in known]
        every = [*listed, *await asked_tasks(session)]
        found = [task for task in every if task.kind in PRESSING]
        if not found:
            return
        found.sort(key=lambda task: (task not in new, task))
        values = {
            "day": today.isoformat(),
            "counts": Counter(task.kind.value for task in found),
            "new": len(new),
            "lines": [_task(task, is_new=task in new) for task in found[:MOST_TASKS]],
        }
        await posts.supersede(session, EDITORS, TASKS)
        await _add(parts, session, TASKS, values)


async def asked_tasks(session: AsyncSession) -> list[Task]:
    """What editors have found that people ask and nothing answers, in the editors' own words."""
    return [
        Task(
            rank=tasks.RANK_ASKED,
            due=date.max,
            kind=TaskKind.ASKED,
            file=ANSWERS,
            line=0,
            what=f"Number {row.number}, asked {row.count} times: {row.what}",
            mend="write an answer, or add it to one that there is",
            owner=tasks.EDITORS,
        )
        for row in await missed.asked(session)
    ]


async def hear(parts: Parts, press: Press) -> None:
    """Say that an edit is not live, and that it is again; once, whoever else says so too.

    Called with the press as it stands, it may be called at any time and any number of times.
    """
    if parts.desk is None:
        return
    async with parts.database.transaction() as session:
        await posts.locked_room(session, EDITORS)  # other processes hear of the same edit
        last = await posts.newest_notice(session, EDITORS, REFUSED, MENDED)
        told = last.values.get("digest") if last is not None else None
        if not press.refused:
            if told is not None:
                await _add(parts, session, MENDED, {})
                log.info("edit_mended")
            return
        digest = _digest(press.refused)
        if digest == told:
            return
        # What names a line is often the cause of what does not: of all that is missing, say.
        first = sorted(press.refused, key=lambda problem: problem.line == 0)
        values = {
            "digest": digest,
            "count": len(first),
            "lines": [_problem(problem) for problem in first[:MOST_PROBLEMS]],
        }
        for older in (REFUSED, MENDED):
            await posts.supersede(session, EDITORS, older)
        await _add(parts, session, REFUSED, values)
        log.warning("edit_refused", count=len(press.refused))


async def refill(session: AsyncSession) -> int | None:
    """Somebody deleted the room: what still holds of it is shown in another one; its number."""
    room = await posts.locked_room(session, EDITORS)
    lost, room.topic = room.topic, None
    held = [
        await posts.newest_notice(session, EDITORS, TASKS),
        await posts.newest_notice(session, EDITORS, REFUSED, MENDED),
    ]
    for shown in await posts.with_references(session, EDITORS):
        shown.references = []
    since = clock.this_hour() - timedelta(days=1)
    for post in held:
        if post is None or post.status != PostStatus.POSTED.value or post.text == MENDED:
            continue
        if post.text == REFUSED or post.hour >= since:
            post.status, post.attempts = PostStatus.DUE.value, 0
    return lost


def entry(post: Post, voice: Voice, reply_to: str | None) -> Entry:
    """What a notice in the editors' room says; `reply_to` is what told of an edit that was refused.

    No telephone makes a sound for it: in this group sounds call for people.
    """
    values: Mapping[str, Any] = post.values
    if post.text == TASKS:
        text = _tasks_text(values, voice)
    elif post.text == REFUSED:
        text = _refused_text(values, voice)
    else:
        text = voice.say(post.text or "")
    return Entry(text=text, reply_to=reply_to if post.text == MENDED else None, can_wait=True)


def _tasks_text(values: Mapping[str, Any], voice: Voice) -> str:
    counts: Mapping[str, int] = values["counts"]
    counted = [
        voice.say(f"desk_editors_{kind.value}", count=str(counts[kind.value]))
        for kind in PRESSING
        if counts.get(kind.value)
    ]
    if values["new"]:
        counted.append(voice.say("desk_editors_new_ones", count=str(values["new"])))
    day = voice.day(date.fromisoformat(values["day"]))
    marked = f"**{voice.say('desk_editors_new')}** "
    lines = [
        f"- {marked if line['new'] else ''}{line['what']}\n{_place(line)}"
        for line in values["lines"]
    ]
    more = sum(counts.values()) - len(lines)
    said = [voice.say(TASKS, date=day), ", ".join(counted), "", *lines]
    return "\n".join((*said, *_more("desk_editors_more", more, voice)))


def _refused_text(values: Mapping[str, Any], voice: Voice) -> str:
    lines = [
        f"- {line['what']} ({voice.say('desk_edit_mend')} {line['mend']})\n{_place(line)}"
        for line in values["lines"]
    ]
    said = [voice.say(REFUSED), "", *lines]
    return "\n".join((*said, *_more("desk_edit_more", values["count"] - len(lines), voice)))


def _more(phrase: str, count: int, voice: Voice) -> Sequence[str]:
    return (voice.say(phrase, count=str(count)),) if count > 0 else ()


def _place(line: Mapping[str, Any]) -> str:
    """Where to mend it; the signs around it let nobody take `en.md` for an address of the web."""
    return f"`{line['file']}:{line['line']}`" if line["line"] else f"`{line['file']}`"


def _task(task: Task, *, is_new: bool) -> dict[str, object]:
    what, due = task.what, task.due.isoformat()
    if task.due != date.max and due not in what:
        what = f"{what} ({due})"
    return {"file": task.file, "line": task.line, "what": _plain(what), "new": is_new}


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "what": _plain(problem.what),
        "mend": _plain(problem.mend),
    }


def _plain(text: str) -> str:
    """A sentence in one line; what it quotes of a file marks nothing up."""
    line = " ".join(text.replace("**", "").split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"


def _key(task: Task) -> tuple[str, int]:
    """What it is about: its sentence counts languages and numbers, and changes."""
    return (task.file, task.line)


def _digest(problems: Sequence[Problem]) -> str:
    return hashlib.sha256("\n".join(sorted(map(str, problems))).encode()).hexdigest()[:16]


async def _add(
    parts: Parts, session: AsyncSession, name: str, values: Mapping[str, object]
) -> None:
    posts.add(session, EDITORS, PostKind.NOTICE, text=name, values=values)
    await session.flush()
    await queue.defer(parts.queue, session, queue.Job.POST, row=EDITORS)
