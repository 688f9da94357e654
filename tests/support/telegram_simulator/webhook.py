"""Delivers updates to the bot's webhook: per chat in order, again and again until taken."""

import asyncio
from collections import defaultdict, deque
from contextlib import suppress

import aiohttp

from tests.support.telegram_simulator.arguments import Call, read_json, read_multipart
from tests.support.telegram_simulator.dispatch import Dispatcher
from tests.support.telegram_simulator.faults import Faults
from tests.support.telegram_simulator.telegram import Telegram, WebhookSettings
from tests.support.telegram_simulator.updates import PendingUpdate
from tests.support.telegram_simulator.wire import JsonObject

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # not a secret: it opens only this simulator
ANSWER_AWAITED = 60.0
LONGEST_DELAY = 60.0
LONGEST_RETRY_AFTER = 3600.0


class WebhookDelivery:
    """Runs while a webhook is set."""

    def __init__(self, telegram: Telegram, faults: Faults, dispatcher: Dispatcher) -> None:
        self._telegram = telegram
        self._faults = faults
        self._dispatcher = dispatcher
        self._tasks: set[asyncio.Task[None]] = set()
        self._queues: dict[str, deque[PendingUpdate]] = defaultdict(deque)
        self._running: set[str] = set()
        self.answer_awaited = ANSWER_AWAITED
        telegram.webhook_changed = self.restart

    def restart(self) -> None:
        """Begin anew with the webhook that is now set, if one is."""
        self._cancel()
        if self._telegram.webhook is not None:
            self._telegram.updates.undelivered = self._telegram.updates.pending
            self._start(self._feed(self._telegram.webhook))

    async def stop(self) -> None:
        tasks = list(self._tasks)
        self._cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._queues.clear()
        self._running.clear()

    def _start(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _feed(self, webhook: WebhookSettings) -> None:
        """Sort what arrives into queues, one for each chat and kind of update."""
        timeout = aiohttp.ClientTimeout(total=self.answer_awaited)
        connector = aiohttp.TCPConnector(limit=webhook.max_connections)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            while True:
                self._telegram.updates.expire()
                arrived, self._telegram.updates.undelivered = self._telegram.updates.undelivered, []
                for update in arrived:
                    self._queues[update.queue].append(update)
                    if update.queue not in self._running:
                        self._running.add(update.queue)
                        self._start(self._drain(update.queue, webhook, session))
                await self._telegram.updates.arrived.wait(3600)

    async def _drain(
        self, queue: str, webhook: WebhookSettings, session: aiohttp.ClientSession
    ) -> None:
        waiting = self._queues[queue]
        while waiting:
            await self._deliver(waiting[0], webhook, session)
            waiting.popleft()
        self._running.discard(queue)

    async def _deliver(
        self, update: PendingUpdate, webhook: WebhookSettings, session: aiohttp.ClientSession
    ) -> None:
        """Give one update until it is taken or its time is over; its successors wait."""
        delay = 0.0
        while True:
            self._telegram.updates.expire()
            if not self._telegram.updates.waits(update):
                return
            wait = 1.0 if self._faults.down else await self._give(update, webhook, session)
            if wait is None:
                self._telegram.updates.confirm(update, via="webhook")
                break
            await self._telegram.clock.sleep(max(delay, wait))
            delay = min(LONGEST_DELAY, delay * 2 if delay else 1.0)
        for _ in range(update.copies - 1):
            await self._give(update, webhook, session)

    async def _give(
        self, update: PendingUpdate, webhook: WebhookSettings, session: aiohttp.ClientSession
    ) -> float | None:
        """None when the bot took it, otherwise the seconds it asked to be left alone."""
        headers = {SECRET_HEADER: webhook.secret_token} if webhook.secret_token else {}
        self._telegram.updates.mark_given(update, via="webhook")
        try:
            async with session.post(
                webhook.url, json=update.as_json(), headers=headers
            ) as response:
                if 200 <= response.status < 300:
                    await self._run_answer(response)
                    return None
                self._failed(
                    webhook, f"Wrong response from the webhook: {response.status} {response.reason}"
                )
                return _asked_wait(response)
        except TimeoutError:
            self._failed(webhook, "Read timeout expired")
        except aiohttp.ClientError:
            self._failed(webhook, "Connection refused")
        return 0.0

    async def _run_answer(self, response: aiohttp.ClientResponse) -> None:
        """A webhook may answer with a call, whose result it never learns."""
        fields: JsonObject = {}
        typed = response.content_type == "application/json"
        if typed:
            with suppress(Exception):  # whatever else a bot answers is no call
                fields = read_json(await response.read())
        elif response.content_type == "multipart/form-data":
            fields, _ = await read_multipart(
                aiohttp.MultipartReader(response.headers, response.content)
            )
        method = fields.pop("method", None)
        if isinstance(method, str):
            await self._dispatcher.answer(Call(method, fields, {}, typed=typed))

    def _failed(self, webhook: WebhookSettings, why: str) -> None:
        webhook.last_error_date = self._telegram.clock.date()
        webhook.last_error_message = why


def _asked_wait(response: aiohttp.ClientResponse) -> float:
    asked = response.headers.get("Retry-After", "")
    return min(LONGEST_RETRY_AFTER, float(asked)) if asked.isdigit() else 0.0
