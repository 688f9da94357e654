"""Control endpoints under /_control, so that another process can act as people and set faults."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from tests.support.telegram_simulator.arguments import read_json
from tests.support.telegram_simulator.chats import Chat, StoredMessage
from tests.support.telegram_simulator.errors import ApiError
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.wire import JsonObject

if TYPE_CHECKING:
    from tests.support.telegram_simulator.simulator import TelegramSimulator

Action = Callable[[JsonObject], Awaitable[object]]
MISTAKES = (LookupError, TypeError, ValueError, RuntimeError, ApiError)


class ControlServer:
    """Answers JSON with JSON; mistakes are 400 and unmet expectations 408, with a reason."""

    def __init__(self, simulator: "TelegramSimulator") -> None:
        self._simulator = simulator

    def add_routes(self, router: web.UrlDispatcher) -> None:
        routes: list[tuple[str, str, Action]] = [
            ("GET", "state", self.state),
            ("POST", "users", self.new_user),
            ("POST", "users/{user}/{action}", self.act),
            ("POST", "groups", self.new_group),
            ("POST", "groups/{group}/{action}", self.act_in_group),
            ("GET", "chats/{chat}/messages", self.messages),
            ("POST", "faults/{fault}", self.set_fault),
            ("DELETE", "faults", self.clear_faults),
            ("POST", "clock/advance", self.advance),
            ("POST", "limits", self.set_limits),
            ("GET", "violations", self.violations),
            ("GET", "ledger", self.ledger),
        ]
        for method, path, action in routes:
            router.add_route(method, f"/_control/{path}", _answering(action))

    async def state(self, wanted: JsonObject) -> JsonObject:
        simulator = self._simulator
        webhook = simulator.telegram.webhook
        return {
            "users": sorted(simulator.users),
            "groups": sorted(simulator.groups),
            "pending_updates": simulator.pending_updates,
            "webhook": webhook.url if webhook else "",
            "violations": len(simulator.violations),
            "faults_struck": simulator.faults.struck,
            "down": simulator.faults.down,
            "limits_refused": simulator.limits.refused,
            "broken_retry_after": simulator.limits.broken_retry_after,
            "now": simulator.clock.now(),
            "ledger": str(simulator.ledger.path),
        }

    async def new_user(self, wanted: JsonObject) -> JsonObject:
        user = self._simulator.user(**wanted)
        return {"id": user.id, "chat_id": user.chat.chat_id}

    async def act(self, wanted: JsonObject) -> object:
        """Any verb of a person: send, send_photo, edit, press, block, expect ..."""
        user = self._simulator.users[int(wanted.pop("user"))]
        action = wanted.pop("action")
        if "chat_id" in wanted:
            wanted["chat"] = self._chat(int(wanted.pop("chat_id")))
        if "data_base64" in wanted:
            wanted["data"] = base64.b64decode(wanted.pop("data_base64"), validate=True)
        if "message_id" in wanted:
            wanted["message"] = int(wanted.pop("message_id"))
        return await self._do(user, action, wanted)

    async def new_group(self, wanted: JsonObject) -> JsonObject:
        """A group of `kind` forum, supergroup, group or channel, with `members` by number."""
        kind = wanted.pop("kind", "forum")
        if kind not in {"forum", "supergroup", "group", "channel"}:
            raise LookupError(kind)
        if "members" in wanted:
            wanted["members"] = [self._simulator.users[int(number)] for number in wanted["members"]]
        group = getattr(self._simulator, kind)(**wanted)
        return {"id": group.id, "chat_id": group.id}

    async def act_in_group(self, wanted: JsonObject) -> object:
        """Any verb of a group: join, leave, send, press, create_topic, close_topic, expect ..."""
        group = self._simulator.groups[int(wanted.pop("group"))]
        action = wanted.pop("action")
        for name in ("user", "by"):
            if name in wanted:
                wanted[name] = self._simulator.users[int(wanted[name])]
        if "message_id" in wanted:
            wanted["message"] = int(wanted.pop("message_id"))
        return await self._do(group, action, wanted)

    async def messages(self, wanted: JsonObject) -> list[JsonObject]:
        return [message.as_json() for message in self._chat(int(wanted["chat"])).messages]

    async def set_fault(self, wanted: JsonObject) -> JsonObject:
        """Any verb of `simulator.faults`, with its arguments."""
        name = wanted.pop("fault")
        allowed = {
            "fail",
            "time_out_before",
            "time_out_after",
            "reset_connection",
            "go_down",
            "come_back",
            "duplicate_updates",
            "reorder_updates",
            "skip_update_ids",
            "restart_update_ids",
        }
        if name not in allowed:
            raise LookupError(name)
        getattr(self._simulator.faults, name)(**wanted)
        return {}

    async def clear_faults(self, wanted: JsonObject) -> JsonObject:
        self._simulator.faults.clear()
        return {}

    async def advance(self, wanted: JsonObject) -> JsonObject:
        self._simulator.clock.advance(float(wanted["seconds"]))
        return {"now": self._simulator.clock.now()}

    async def set_limits(self, wanted: JsonObject) -> JsonObject:
        """`enabled`, and per_second, chat_burst, group_per_minute."""
        if wanted.pop("enabled", True):
            self._simulator.limits.enable(**wanted)
        else:
            self._simulator.limits.disable()
        return {}

    async def violations(self, wanted: JsonObject) -> list[str]:
        return self._simulator.violations

    async def ledger(self, wanted: JsonObject) -> list[JsonObject]:
        """All lines, or those of one `event`."""
        event = wanted.get("event")
        return [line for line in self._simulator.ledger.lines() if event in {None, line["event"]}]

    def _chat(self, chat_id: int) -> Chat:
        return self._simulator.chat(chat_id)

    async def _do(self, actor: object, action: str, wanted: JsonObject) -> object:
        if action.startswith("_") or not callable(getattr(actor, action, None)):
            raise LookupError(action)
        if isinstance(actor, SimulatedUser) and action == "expect_answer":
            query = self._simulator.telegram.queries[str(wanted.pop("query_id"))]
            wanted["query"] = query
        if "text" in wanted and action == "expect":
            wanted["wanted"] = wanted.pop("text")
        return await getattr(actor, action)(**wanted)


def _answering(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            wanted = {**request.query, **read_json(await request.read()), **request.match_info}
            return web.json_response({"ok": True, "result": _shown(await action(wanted))})
        except AssertionError as error:
            return web.json_response({"ok": False, "error": str(error)}, status=408)
        except (*MISTAKES, binascii.Error) as error:
            return web.json_response(
                {"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400
            )

    return handle


def _shown(result: object) -> object:
    if isinstance(result, StoredMessage):
        return result.as_json()
    if hasattr(result, "chat") and hasattr(result, "id"):
        return {"id": result.id}
    if isinstance(result, dict | list | str | int | float | bool) or result is None:
        return result
    return vars(result)
