"""The simulator as tests hold it: start it, act as people, break it, and read what happened."""

import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.support.telegram_simulator.chats import Chat
from tests.support.telegram_simulator.clock import SimulatorClock
from tests.support.telegram_simulator.control import ControlServer
from tests.support.telegram_simulator.dispatch import Dispatcher
from tests.support.telegram_simulator.faults import Faults
from tests.support.telegram_simulator.groups import SimulatedChannel, SimulatedGroup
from tests.support.telegram_simulator.ledger import Ledger
from tests.support.telegram_simulator.limits import Limits
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.recording import LedgerWriter
from tests.support.telegram_simulator.server import BotApiServer
from tests.support.telegram_simulator.telegram import Telegram
from tests.support.telegram_simulator.webhook import WebhookDelivery

DEFAULT_TOKEN = "42:TEST"  # not a secret: it opens only this simulator
SHUTDOWN_SECONDS = 0.2


class TelegramSimulator:
    """A whole Telegram with one bot; use it as an async context manager."""

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        ledger: Path | str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.token = token
        self.host = host
        self.port = port
        self.clock = SimulatorClock()
        path = (
            Path(ledger)
            if ledger
            else Path(tempfile.mkdtemp(prefix="telegram-simulator-")) / "ledger.jsonl"
        )
        self._writer = LedgerWriter(path, self.clock)
        self.ledger = Ledger(path)
        self.telegram = Telegram(token, self.clock, self._writer)
        self.faults = Faults(self.clock, self.telegram.updates)
        self._dispatcher = Dispatcher(self.telegram, self.faults)
        self.webhook = WebhookDelivery(self.telegram, self.faults, self._dispatcher)
        self.users: dict[int, SimulatedUser] = {}
        self.groups: dict[int, SimulatedGroup] = {}
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base address, in place of https://api.telegram.org."""
        return f"http://{self.host}:{self.port}"

    @property
    def limits(self) -> Limits:
        return self.telegram.limits

    @property
    def violations(self) -> list[str]:
        """Calls that were not as the official schema has them; tests assert that there are none."""
        return self._dispatcher.violations

    @property
    def pending_updates(self) -> int:
        return len(self.telegram.updates.pending)

    async def start(self) -> None:
        application = BotApiServer(self.telegram, self._dispatcher).application()
        ControlServer(self).add_routes(application.router)
        self._runner = web.AppRunner(
            application,
            shutdown_timeout=SHUTDOWN_SECONDS,
            handler_cancellation=True,
            access_log=None,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        if not self.port:
            self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self.webhook.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self._writer.close()

    async def __aenter__(self) -> Self:  # noqa: D105  # as every context manager
        await self.start()
        return self

    async def __aexit__(  # noqa: D105  # as every context manager
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def user(
        self,
        *,
        language_code: str | None = "en",
        first_name: str = "Contact",
        last_name: str | None = None,
        username: str | None = None,
        started: bool = False,
    ) -> SimulatedUser:
        """A new person; the bot may write to them once they have started it."""
        person = self.telegram.world.new_person(
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
            started=started,
        )
        user = SimulatedUser(self.telegram, person)
        self.users[user.id] = user
        return user

    def forum(
        self,
        title: str = "Desk",
        members: list[SimulatedUser] | None = None,
        *,
        bot_status: str = "administrator",
    ) -> SimulatedGroup:
        """A supergroup with topics."""
        chat = self.telegram.world.new_chat(
            "supergroup", title, is_forum=True, bot_status=bot_status
        )
        return self._group(SimulatedGroup(self.telegram, chat), members)

    def supergroup(
        self,
        title: str = "Group",
        members: list[SimulatedUser] | None = None,
        *,
        bot_status: str = "administrator",
    ) -> SimulatedGroup:
        chat = self.telegram.world.new_chat("supergroup", title, bot_status=bot_status)
        return self._group(SimulatedGroup(self.telegram, chat), members)

    def group(
        self,
        title: str = "Small group",
        members: list[SimulatedUser] | None = None,
        *,
        bot_status: str = "member",
    ) -> SimulatedGroup:
        """A small group, which may be upgraded."""
        chat = self.telegram.world.new_chat("group", title, bot_status=bot_status)
        return self._group(SimulatedGroup(self.telegram, chat), members)

    def channel(self, title: str = "Channel") -> SimulatedChannel:
        channel = SimulatedChannel(self.telegram, self.telegram.world.new_chat("channel", title))
        self.groups[channel.id] = channel
        return channel

    def chat(self, chat_id: int) -> Chat:
        return self.telegram.world.chats[chat_id]

    async def wait_until_confirmed(self, *, timeout: float = 10.0) -> None:  # noqa: ASYNC109  # how a test says it
        """Wait until the bot has confirmed every update made so far."""
        updates, until = self.telegram.updates, time.monotonic() + timeout
        while updates.pending or updates.repeats:
            if not await updates.left.wait(until - time.monotonic()):
                failure = f"{len(updates.pending)} updates were not confirmed within {timeout} s"
                raise AssertionError(failure)

    def _group(self, group: SimulatedGroup, members: list[SimulatedUser] | None) -> SimulatedGroup:
        group.chat.members |= {member.id: "member" for member in members or []}
        self.groups[group.id] = group
        return group
