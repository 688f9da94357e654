"""Takes one call through fault, check, method and ledger to its answer."""

import copy
import hashlib
import inspect
from dataclasses import dataclass

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.errors import ApiError, standard, too_many_requests
from tests.support.telegram_simulator.faults import Fault, FaultKind, Faults
from tests.support.telegram_simulator.methods.registry import HANDLERS, LIMITED, NAMES
from tests.support.telegram_simulator.schema import load_schema
from tests.support.telegram_simulator.telegram import Telegram
from tests.support.telegram_simulator.wire import JsonObject

NOT_FOUND = ApiError(404, "Not Found: method not found")


@dataclass(frozen=True)
class Outcome:
    """What a call led to, and the fault that keeps its answer from the bot, if any."""

    answer: JsonObject
    fault: Fault | None = None

    @property
    def status(self) -> int:
        return 200 if self.answer["ok"] else int(self.answer["error_code"])


class Dispatcher:
    """Answers calls as Telegram would, unless a fault is planned for them."""

    def __init__(self, telegram: Telegram, faults: Faults) -> None:
        self._telegram = telegram
        self._faults = faults
        self._schema = load_schema()
        self.violations: list[str] = []

    async def answer(self, call: Call) -> Outcome:
        """The outcome of a call, written to the ledger before anyone learns of it."""
        name = NAMES.get(call.method.lower(), call.method)
        self._check(call)
        chat_id = call.integer("chat_id") or None
        fault = self._faults.next_for(name, chat_id)
        try:
            if fault is not None and not fault.accepts:
                raise self._refusal(fault, name, chat_id)
            answer: JsonObject = {"ok": True, "result": await self._run(name, call, chat_id)}
        except ApiError as error:
            answer = error.envelope()
        self._record(name, call, answer, fault)
        return Outcome(answer, fault)

    def unread(self, method: str, error: ApiError) -> Outcome:
        """The outcome of a call whose body could not be read."""
        self._record(method, Call(method, {}, {}, typed=True), error.envelope(), None)
        return Outcome(error.envelope())

    async def _run(self, name: str, call: Call, chat_id: int | None) -> object:
        handler = HANDLERS.get(name)
        if handler is None:
            raise NOT_FOUND
        if self._telegram.logged_out and name != "logOut":
            raise ApiError(400, "Logged out")
        if name in LIMITED:
            left = self._telegram.limits.note_early_call(name, chat_id)
            if left > 0 and self._telegram.limits.enabled:
                raise too_many_requests(left)
        result = handler(self._telegram, call)
        return await result if inspect.isawaitable(result) else result

    def _refusal(self, fault: Fault, name: str, chat_id: int | None) -> ApiError:
        if fault.kind is not FaultKind.REFUSE:
            return ApiError(504, "no answer was sent")
        error = standard(fault.code, fault.description, fault.retry_after)
        if error.retry_after and name in LIMITED:
            self._telegram.limits.ask_to_wait(error.retry_after, chat_id)
        return error

    def _check(self, call: Call) -> None:
        for what in self._schema.check_call(call) if self._schema else []:
            self.violations.append(what)
            self._telegram.ledger.write("violation", what=what)

    def _record(self, name: str, call: Call, answer: JsonObject, fault: Fault | None) -> None:
        parameters = copy.copy(call.parameters)
        for field, upload in call.uploads.items():
            digest = hashlib.sha256(upload.data).hexdigest()
            parameters[field] = {"file": upload.name, "size": len(upload.data), "sha256": digest}
        self._telegram.ledger.write(
            "call",
            method=name,
            parameters=parameters,
            chat_id=call.integer("chat_id") or call.parameters.get("chat_id"),
            accepted=bool(answer["ok"]),
            answered=fault is None or fault.kind is FaultKind.REFUSE,
            fault=fault.name if fault else None,
            answer=answer,
        )
