"""Reads a call's arguments, however they were sent: query string, JSON, form or multipart."""

import json
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, MultipartReader, web

from tests.support.telegram_simulator.errors import bad_request
from tests.support.telegram_simulator.wire import JsonObject

TRUE_WORDS = frozenset({"true", "yes", "1"})


@dataclass(frozen=True)
class Upload:
    """A file that came with the call."""

    name: str
    data: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Call:
    """One method call as it arrived."""

    method: str
    parameters: JsonObject
    uploads: dict[str, Upload]
    typed: bool
    """Whether values kept their JSON types; otherwise all are strings."""

    def has(self, name: str) -> bool:
        return self.parameters.get(name) is not None or name in self.uploads

    def text(self, name: str, default: str = "") -> str:
        value = self.parameters.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0) -> int:
        value = self.parameters.get(name)
        if isinstance(value, bool) or value is None:
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            return default

    def number(self, name: str) -> float | None:
        try:
            return float(self.parameters[name])
        except (KeyError, TypeError, ValueError):
            return None

    def boolean(self, name: str) -> bool:
        return str(self.parameters.get(name, "")).strip().lower() in TRUE_WORDS

    def structure(self, name: str) -> object:
        """A JSON value, given as such or as a string that holds it."""
        value = self.parameters.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            message = f"can't parse {name.replace('_', ' ')} JSON object"
            raise bad_request(message) from error

    def upload(self, name: str) -> Upload | None:
        """The file sent under this name, or attached elsewhere by `attach://`."""
        if name in self.uploads:
            return self.uploads[name]
        value = self.parameters.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self.uploads.get(value.removeprefix("attach://"))
        return None


async def read_call(request: web.Request, method: str) -> Call:
    """The call in this request; the body's values win over the query's."""
    parameters: JsonObject = dict(request.query)
    if request.method != "POST":
        return Call(method, parameters, {}, typed=False)
    if request.content_type == "application/json":
        return Call(method, parameters | read_json(await request.read()), {}, typed=True)
    if request.content_type == "multipart/form-data":
        fields, uploads = await read_multipart(await request.multipart())
        return Call(method, parameters | fields, uploads, typed=False)
    form = await request.post()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return Call(method, parameters | fields, {}, typed=False)


def read_json(body: bytes) -> JsonObject:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        message = "can't parse JSON object"
        raise bad_request(message) from error
    if not isinstance(value, dict):
        message = "can't parse JSON object"
        raise bad_request(message)
    return value


async def read_multipart(reader: MultipartReader) -> tuple[JsonObject, dict[str, Upload]]:
    fields: JsonObject = {}
    uploads: dict[str, Upload] = {}
    async for part in reader:
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read(decode=True))
        if part.filename is None:
            fields[part.name] = data.decode()
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            uploads[part.name] = Upload(part.filename, data, kind)
    return fields, uploads
