"""Methods about the bot itself: who it is, its commands and descriptions, and its files."""

import re

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.errors import bad_request
from tests.support.telegram_simulator.files import DOWNLOAD_LIMIT
from tests.support.telegram_simulator.telegram import Telegram
from tests.support.telegram_simulator.wire import JsonObject

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"(?:[a-z]{2})?")
MOST_COMMANDS = 100
DESCRIPTION_LIMIT = 256
TEXT_LIMITS = {"name": 64, "description": 512, "short_description": 120}


def get_me(telegram: Telegram, call: Call) -> JsonObject:  # every method has this shape
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return telegram.as_user() | abilities


def set_my_commands(telegram: Telegram, call: Call) -> bool:
    commands = call.structure("commands")
    if not isinstance(commands, list):
        reason = "can't parse commands: Expected an Array"
        raise bad_request(reason)
    if len(commands) > MOST_COMMANDS:
        reason = "BOT_COMMANDS_TOO_MUCH"
        raise bad_request(reason)
    for command in commands:
        if not COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            reason = "BOT_COMMAND_INVALID"
            raise bad_request(reason)
        if not 1 <= len(str(command.get("description", ""))) <= DESCRIPTION_LIMIT:
            reason = "BOT_COMMAND_DESCRIPTION_INVALID"
            raise bad_request(reason)
    telegram.profile.commands[_scope(call)] = commands
    return True


def get_my_commands(telegram: Telegram, call: Call) -> list[JsonObject]:
    return telegram.profile.commands.get(_scope(call), [])


def delete_my_commands(telegram: Telegram, call: Call) -> bool:
    telegram.profile.commands.pop(_scope(call), None)
    return True


def set_my_name(telegram: Telegram, call: Call) -> bool:
    return _set_text(telegram, call, "name")


def get_my_name(telegram: Telegram, call: Call) -> JsonObject:
    return {"name": _text(telegram, call, "name") or telegram.first_name}


def set_my_description(telegram: Telegram, call: Call) -> bool:
    return _set_text(telegram, call, "description")


def get_my_description(telegram: Telegram, call: Call) -> JsonObject:
    return {"description": _text(telegram, call, "description")}


def set_my_short_description(telegram: Telegram, call: Call) -> bool:
    return _set_text(telegram, call, "short_description")


def get_my_short_description(telegram: Telegram, call: Call) -> JsonObject:
    return {"short_description": _text(telegram, call, "short_description")}


def get_file(telegram: Telegram, call: Call) -> JsonObject:
    stored = telegram.files.by_id.get(call.text("file_id"))
    if stored is None:
        reason = "invalid file_id"
        raise bad_request(reason)
    if stored.size > DOWNLOAD_LIMIT:
        reason = "file is too big"
        raise bad_request(reason)
    return {**stored.names(), "file_path": stored.path}


def log_out(telegram: Telegram, call: Call) -> bool:  # every method has this shape
    telegram.logged_out = True
    return True


def close(telegram: Telegram, call: Call) -> bool:  # every method has this shape
    return True


def _set_text(telegram: Telegram, call: Call, name: str) -> bool:
    if len(call.text(name)) > TEXT_LIMITS[name]:
        reason = f"bot {name.replace('_', ' ')} is too long"
        raise bad_request(reason)
    telegram.profile.texts[name, _language(call)] = call.text(name)
    return True


def _text(telegram: Telegram, call: Call, name: str) -> str:
    texts = telegram.profile.texts
    return texts.get((name, _language(call))) or texts.get((name, ""), "")


def _scope(call: Call) -> tuple[str, str]:
    scope = call.structure("scope")
    kind = str(sorted(scope.items())) if isinstance(scope, dict) else str([("type", "default")])
    return kind, _language(call)


def _language(call: Call) -> str:
    code = call.text("language_code")
    if not LANGUAGE.fullmatch(code):
        reason = "invalid language_code specified"
        raise bad_request(reason)
    return code
