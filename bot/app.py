"""The composition root: settings become a running help line, and everything is closed again."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from bot import clock, health, logs, queue, spoken, tasks
from bot.channels import terminal
from bot.channels.fetched import FetchedChannel, Store
from bot.channels.live import Live
from bot.channels.telegram import commands, introduce, operators, receive
from bot.channels.telegram.desk import TelegramDesk
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.send import TelegramChannel, create_bot
from bot.channels.telegram.token import TokenWatch
from bot.channels.webchat import server as webchat
from bot.flows.state import Policy
from bot.handoff.parts import Parts
from bot.handoff.rooms import editors
from bot.inbox import Inbox
from bot.nlu.understand import Understander
from bot.outbox import Outbox
from bot.publishing import starting
from bot.publishing.edition import Press
from bot.publishing.shelf import Shelf
from bot.publishing.watching import Watch
from bot.runtime import Runtime
from bot.settings import ROOT, Settings
from bot.storage import installation
from bot.storage.database import Database, EmbeddedServer, migrate
from bot.storage.encryption import Keyring
from bot.triage import Thresholds

if TYPE_CHECKING:
    from aiogram import Bot

    from bot.content.library import Library
    from bot.domain.channel import Channel
    from bot.handoff.desk import Desk
    from bot.publishing.edition import Edition

log = logs.get()

CAUTIOUS = {"page": 0.5, "ask": 0.2, "unsure": 0.5}
"""Thresholds when there is no model: nothing reaches them but what danger words say."""
TOKEN_REST = 30.0
"""Seconds between two tries with a token that was good and is refused now."""
STUBBORN = 9.0
"""Seconds until loops are cancelled once more: what jobs are given to finish, and a little."""
RESTART_AFTER = 1.0
"""Seconds before a loop that ended by an error is started again."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(slots=True)
class App:
    """An open help line: `background` moves its messages, `start_...` lets them in."""

    runtime: Runtime
    live: Live
    store: dict[str, Store]
    bot: Bot | None
    door: receive.Door | None
    """Where Telegram's updates come in."""
    watch: Watch
    """Makes live what editors change."""
    stack: AsyncExitStack = field(repr=False)
    """Closes what was opened, last first."""
    introduced: bool = False
    """Telegram has taken the token once: a later refusal is an alarm, not the end of the line."""
    token: TokenWatch = field(default_factory=TokenWatch)

    def background(self) -> list[Callable[[], Awaitable[None]]]:
        """The loops of a line: the worker, the sweep, the readers' wake-up, the editors' watch."""
        return [
            *(functools.partial(tasks.work, self.runtime, lane) for lane in queue.Lane),
            functools.partial(tasks.sweep, self.runtime),
            self.live.listen,
            self.watch.run,
        ]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[App]:
    """Open everything that a help line needs, and close it in the reverse order.

    Raises:
        SettingsError, DatabaseError, KeyringError, EditionRefused, ExportError:
            something is missing or wrong; the message says what to do.
    """
    async with AsyncExitStack() as stack:
        url = await _database_url(settings, stack)
        await asyncio.to_thread(migrate, url)
        database = Database.open(url)
        stack.push_async_callback(database.close)
        await database.assert_safe()
        keyring = Keyring.open(settings.data_dir, settings.master_key(), clock.today())
        jobs = queue.create_app(url)
        await stack.enter_async_context(jobs.open_async())
        bot = await _telegram(settings, stack)
        pace = Pace()  # one for contacts and operators: Telegram counts them together
        channels = _channels(bot, pace)
        understander = await _understander(settings, stack)
        thresholds = Thresholds(**(understander.thresholds or CAUTIOUS))
        watch = await _watch(settings, database, understander)
        outbox = Outbox(database, keyring, jobs, channels)
        runtime = Runtime(
            settings=settings,
            database=database,
            keyring=keyring,
            queue=jobs,
            inbox=Inbox(database, keyring, jobs),
            outbox=outbox,
            channels=channels,
            handoff=Parts(
                database=database,
                keyring=keyring,
                queue=jobs,
                outbox=outbox,
                press=watch.press,
                desk=_desk(settings, bot, pace),
                desk_language=settings.desk_language,
            ),
            understander=understander,
            thresholds=thresholds,
            policy=Policy(
                tiers=understander.tiers,
                did_you_mean=thresholds.unsure,
                cannot_handle=thresholds.guess,
            ),
            press=watch.press,
        )
        async with database.transaction() as session:
            await installation.bind_keyring(session, keyring)
            await installation.keep_flow_version(
                session, runtime.flows.version, runtime.flows.source
            )
        tasks.register(runtime)
        watch.press.listeners.append(functools.partial(editors.hear, runtime.handoff))
        await editors.hear(runtime.handoff, watch.press)  # it may be mended since the line stopped
        stores = {name: Store(name, database, keyring) for name in (webchat.NAME, terminal.NAME)}
        app = App(runtime, Live(url), stores, bot, _door(runtime, bot), watch, stack)
        if bot is not None:
            bot.session.middleware(app.token)
        yield app


async def run_forever(loops: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Run loops side by side until cancelled; one that fails is logged and begun again.

    Raises:
        TokenRefused: Telegram does not know the token, which no new beginning mends.
    """
    running = [asyncio.ensure_future(_again_and_again(loop)) for loop in loops]
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
        for task in running:
            if task.done():
                task.result()
    finally:
        await _end(running)


async def _end(running: Sequence[asyncio.Future[None]]) -> None:
    """Cancel loops until they have ended: a library may lose one cancellation (psycopg_pool's
    `wait_for` on Python 3.11 does), and a line that cannot be stopped cannot be started again.
    """
    while pending := [task for task in running if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=STUBBORN)


async def _again_and_again(loop: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await loop()
        except introduce.TokenRefused:
            raise
        except Exception as error:  # noqa: BLE001 - the line must outlive any one failure
            log.error("loop_failed", cause=logs.where(error))
        await asyncio.sleep(RESTART_AFTER)


async def start_web(app: App) -> str:
    """Start the web server; its base URL. It stops when the app is closed."""
    settings = app.runtime.settings
    chat = webchat.Server(
        app.runtime.inbox, app.store[webchat.NAME], app.live, _page_languages(app.runtime.press)
    )
    application = web.Application(client_max_size=receive.MOST_BYTES)
    application.add_routes(chat.routes())
    application.add_routes(health.routes(app.runtime, lambda: app.token.refused))
    if app.door is not None and settings.public_url and settings.telegram_secret:
        secret = settings.telegram_secret.get_secret_value()
        application.add_routes([receive.webhook(app.door, secret)])
    application.on_response_prepare.append(_secure)
    application.on_shutdown.append(chat.stop)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=5)
    await runner.setup()
    app.stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.host, settings.port)
    await site.start()
    port = runner.addresses[0][1]
    return f"http://{settings.host}:{port}"


async def start_telegram(app: App) -> None:
    """Introduce the bot and receive updates: by webhook if a public URL is set, else by polling.

    Returns only for the webhook; polling goes on until cancelled.

    Raises:
        TokenRefused: Telegram does not know the token.
    """
    bot, door, runtime = app.bot, app.door, app.runtime
    if bot is None or door is None:
        await asyncio.Event().wait()
        return
    content = runtime.content  # what the menu of commands says follows an edit at the next start
    texts = {
        code: {
            f"command_{name}": _phrase(content, f"command_{name}", code)
            for name in commands.COMMANDS
        }
        for code, _ in content.offered_languages()
    }
    try:
        await introduce.introduce(bot, texts)
    except introduce.TokenRefused:
        if not app.introduced:
            raise
        log.error("telegram_token_refused")
        await asyncio.sleep(TOKEN_REST)
        return
    app.introduced = True
    await door.desk.find(bot)
    settings = runtime.settings
    if settings.public_url and settings.telegram_secret:
        secret = settings.telegram_secret.get_secret_value()
        await introduce.use_webhook(bot, settings.public_url, secret)
        await asyncio.Event().wait()
    else:
        await introduce.use_polling(bot)
        await receive.poll(door)


async def _database_url(settings: Settings, stack: AsyncExitStack) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    server = EmbeddedServer(settings.data_dir)
    url = await asyncio.to_thread(server.start)
    stack.push_async_callback(asyncio.to_thread, server.stop)
    return url


async def _understander(settings: Settings, stack: AsyncExitStack) -> Understander:
    token = settings.rasa_token.get_secret_value() if settings.rasa_token else None
    understander = await asyncio.to_thread(
        lambda: Understander.load(ROOT / "nlu", rasa_url=settings.rasa_url, rasa_token=token)
    )
    stack.push_async_callback(understander.close)
    return understander


async def _watch(settings: Settings, database: Database, understander: Understander) -> Watch:
    files = spoken.files(settings.content_dir, settings.flows_dir, understander.tiers)
    shelf = Shelf(settings.data_dir / "published")
    start = await asyncio.to_thread(starting.begin, files, shelf, clock.today())
    press = Press(start.edition, clock.now(), start.refused)
    keep = timedelta(days=settings.retention_days)
    return Watch(files, press, shelf, database, keep, start.seen, start.flaws)


async def _telegram(settings: Settings, stack: AsyncExitStack) -> Bot | None:
    if settings.telegram_token is None:
        return None
    bot = create_bot(settings.telegram_token.get_secret_value(), settings.telegram_api)
    stack.push_async_callback(bot.session.close)
    return bot


def _channels(bot: Bot | None, pace: Pace) -> dict[str, Channel]:
    channels: dict[str, Channel] = {
        name: FetchedChannel(name) for name in (webchat.NAME, terminal.NAME)
    }
    if bot is not None:
        channels["telegram"] = TelegramChannel(bot, pace)
    return channels


def _desk(settings: Settings, bot: Bot | None, pace: Pace) -> Desk | None:
    if settings.telegram_desk is None or bot is None:
        return None
    return TelegramDesk(bot, settings.telegram_desk, pace)


def _door(runtime: Runtime, bot: Bot | None) -> receive.Door | None:
    if bot is None:
        return None
    desk = operators.Desk(runtime.settings.telegram_desk)
    return receive.Door(bot, runtime.inbox, runtime.handoff, desk)


def _page_languages(press: Press) -> Callable[[], Sequence[webchat.Language]]:
    @functools.lru_cache(maxsize=1)
    def languages_of(edition: Edition) -> Sequence[webchat.Language]:
        content = edition.content
        languages = []
        for code, own_name in content.offered_languages():
            language = content.language(code)
            texts = {key: _phrase(content, key, code) for key in webchat.PHRASES}
            direction = language.direction if language else "ltr"
            languages.append(webchat.Language(code, own_name, direction, texts))
        return languages

    return lambda: languages_of(press.edition)


def _phrase(content: Library, key: str, language: str) -> str:
    phrase = content.phrase(key, language)
    return phrase.fill({}) if phrase else ""


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(
        {name: value for name, value in SECURITY_HEADERS.items() if name not in response.headers}
    )
    response.headers.pop("Server", None)
