"""The HTTP face of the simulator, at the same paths as api.telegram.org."""

import socket
import struct

from aiohttp import web

from tests.support.telegram_simulator.arguments import read_call
from tests.support.telegram_simulator.dispatch import Dispatcher
from tests.support.telegram_simulator.errors import ApiError
from tests.support.telegram_simulator.faults import Fault, FaultKind
from tests.support.telegram_simulator.telegram import Telegram

UPLOAD_LIMIT = 50 * 1024 * 1024
UNAUTHORIZED = ApiError(401, "Unauthorized")
NO_SUCH_PATH = ApiError(404, "Not Found")
RESET_AT_ONCE = struct.pack("ii", 1, 0)


class BotApiServer:
    """Routes HTTP requests to methods and files."""

    def __init__(self, telegram: Telegram, dispatcher: Dispatcher) -> None:
        self._telegram = telegram
        self._dispatcher = dispatcher

    def application(self) -> web.Application:
        application = web.Application(client_max_size=UPLOAD_LIMIT)
        application.router.add_route("GET", "/file/bot{token}/{path:.+}", self.download)
        application.router.add_route("*", "/bot{token}/{method}", self.call)
        return application

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One method call."""
        if request.match_info["token"] != self._telegram.token:
            return web.json_response(UNAUTHORIZED.envelope(), status=401)
        method = request.match_info["method"]
        try:
            call = await read_call(request, method)
        except ApiError as error:
            outcome = self._dispatcher.unread(method, error)
        else:
            outcome = await self._dispatcher.answer(call)
        if outcome.fault is not None and outcome.fault.kind is not FaultKind.REFUSE:
            return await self._break_off(request, outcome.fault)
        if outcome.fault is not None and outcome.fault.html:
            page = f"<html><head><title>{outcome.status}</title></head></html>"
            return web.Response(status=outcome.status, text=page, content_type="text/html")
        return web.json_response(outcome.answer, status=outcome.status)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The content of a file at the path that getFile gave."""
        if request.match_info["token"] != self._telegram.token:
            return web.json_response(UNAUTHORIZED.envelope(), status=401)
        stored = self._telegram.files.by_path.get(request.match_info["path"])
        if stored is None:
            return web.json_response(NO_SUCH_PATH.envelope(), status=404)
        return web.Response(body=stored.data, content_type="application/octet-stream")

    async def _break_off(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind in {FaultKind.TIME_OUT_BEFORE, FaultKind.TIME_OUT_AFTER}:
            await self._telegram.clock.sleep(fault.hang_seconds)
        transport = request.transport
        if transport is not None:
            connection = transport.get_extra_info("socket")
            if connection is not None and fault.kind in {
                FaultKind.RESET_BEFORE,
                FaultKind.RESET_AFTER,
            }:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
            transport.abort()
        return web.Response()
