"""Fills an answer's placeholders from the directory, in a template language that can do no more.

A template has text, `{{ services.<id>.<field> }}`, `{{ figures.<id> }}`, `{{ mission.<field> }}`,
`{{ country }}`, and `{% if mission %} ... {% elif %} ... {% else %} ... {% endif %}` over these.
Loops, calls, filters, assignments and everything else of Jinja are refused before compiling;
the sandbox below is the second fence, not the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.content.answer_files import Answer
from bot.content.directory import Directory, Entry, Localized, Mission, Use
from bot.content.freshness import Numbers
from bot.content.problems import RenderError
from bot.content.voice import Voice

MAX_SOURCE: Final = 6000
"""Longest body of an answer file, in characters. Our own bound."""
MAX_RESULT: Final = 3500
"""Longest rendered text, in characters: below Telegram's 4096 (Bot API), with room for notices."""

FIELDS: Final = (
    "name",
    "contact",
    "phone",
    "emergency",
    "whatsapp",
    "telegram",
    "email",
    "website",
    "address",
    "city",
    "hours",
)
"""What a template can ask of a service or a mission."""
MISSION_FIELDS: Final = (*FIELDS, "resident")
_USES: Final[Mapping[str, tuple[Use, ...]]] = {
    "phone": (Use.EMERGENCY, Use.OFFICE),
    "emergency": (Use.EMERGENCY,),
    "whatsapp": (Use.WHATSAPP,),
    "telegram": (Use.TELEGRAM,),
}
"""The fields that are numbers: for which uses one is looked for, in this order."""


def render_answer(answer: Answer, voice: Voice, country: str | None) -> str:
    """Render an answer for a nationality; what may be dead in it is followed by a way around.

    Raises:
        RenderError: the template is not allowed, or asks for a fact that the directory lacks.
    """
    template = _compile(answer.body, voice.library.directory)
    missions = voice.library.directory.missions(country) if country else ()
    numbers = Numbers(voice)
    values = {
        "services": _Facts(_service_fields(numbers)),
        "figures": _Facts(_figure_values(voice)),
        "mission": _Facts(_mission_fields(missions, numbers)),
        "country": voice.country(country) if country else None,
    }
    try:
        text = template.render(values)
    except (TemplateError, RecursionError) as error:
        raise RenderError(f"cannot be rendered: {type(error).__name__}", _MEND) from None
    text = numbers.followed(_tidy(text))
    if len(text) > MAX_RESULT:
        raise RenderError(f"longer than {MAX_RESULT} characters when rendered", "shorten it")
    return text


def asks_for(answer: Answer) -> frozenset[str]:
    """Give the first words of an answer's placeholders: `services`, `mission`, `country`.

    Raises:
        RenderError: it is no template that we allow.
    """
    return frozenset(path[0] for path, _ in _placeholders(answer.body))


def named_facts(answer: Answer, kind: str) -> frozenset[str]:
    """Give the ids of the `services` or `figures` that an answer's placeholders name.

    Raises:
        RenderError: it is no template that we allow.
    """
    paths = (path for path, _ in _placeholders(answer.body))
    return frozenset(path[1] for path in paths if path[0] == kind)


def inspect_template(body: str, directory: Directory) -> None:
    """Refuse a template that asks for more than it may.

    Raises:
        RenderError: with the line of the body at which the first such thing stands.
    """
    for path, line in _placeholders(body):
        _inspect_path(path, line, directory)


@lru_cache(maxsize=2048)
def _placeholders(body: str) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Give the placeholders of a template with their lines; refuse everything but them and ifs."""
    if len(body) > MAX_SOURCE:
        raise RenderError(f"the text is longer than {MAX_SOURCE} characters", "shorten it")
    try:
        tree = _ENVIRONMENT.parse(body)
    except TemplateSyntaxError as error:
        mend = "check the braces and {% if %} ... {% endif %}"
        raise RenderError(f"not a template: {error.message}", mend, error.lineno) from None
    except RecursionError:
        raise RenderError("nested too deeply", _MEND) from None
    return tuple(_walk(tree))


@lru_cache(maxsize=2048)
def _compile_inspected(body: str) -> Template:
    # A line with nothing but a tag leaves no empty line. Jinja's own trim_blocks would also
    # join a line that only ends in a tag with the next one, and surprise every editor.
    return _ENVIRONMENT.from_string(_TAG_LINE.sub(r"\1", body))


def _compile(body: str, directory: Directory) -> Template:
    inspect_template(body, directory)
    return _compile_inspected(body)


class _Facts:
    """Gives facts by name and has no attribute of its own that a template could reach.

    Without a source it is false, and every fact is None: `{% if mission.email %}` is always right.
    """

    __slots__ = ("__give",)

    def __init__(self, give: Callable[[str], object] | None) -> None:
        self.__give = give

    def __bool__(self) -> bool:
        return self.__give is not None

    def __getitem__(self, name: str) -> object:
        return None if self.__give is None else self.__give(name)


def _service_fields(numbers: Numbers) -> Callable[[str], object]:
    def give(service: str) -> object:
        entry = numbers.voice.library.directory.services[service]
        return _Facts(lambda name: _fact(entry, name, numbers))

    return give


def _figure_values(voice: Voice) -> Callable[[str], object]:
    def give(figure: str) -> object:
        found = voice.library.directory.figures[figure]
        return voice.marked(voice.text(found.value), found.evidence)

    return give


def _mission_fields(
    missions: tuple[Mission, ...], numbers: Numbers
) -> Callable[[str], object] | None:
    if not missions:
        return None
    first = missions[0]
    return lambda name: first.resident if name == "resident" else _fact(first, name, numbers)


def _fact(entry: Entry, name: str, numbers: Numbers) -> object:
    """Give one of FIELDS; a number is noted only when a text asks for it."""
    voice = numbers.voice
    if name in _USES:
        return _phone(entry, name, numbers)
    if name == "contact":
        reached = _phone(entry, "phone", numbers) or _fact(entry, "website", numbers)
        said = voice.text(entry.name)
        # Fit to stand within a sentence also when nothing was found.
        return f"{said}: {reached}" if reached else f"{said} ({voice.say('contact_missing')})"
    if name == "name":
        return voice.text(entry.name)
    if name == "city":
        return entry.city
    text = _text(entry, name, voice)
    return voice.marked(text, entry.evidence) if text else None


def _text(entry: Entry, name: str, voice: Voice) -> str | None:
    if name == "email":
        return entry.emails[0] if entry.emails else None
    if name == "website":
        return entry.website
    texts: Localized | None = getattr(entry, name)
    return voice.text(texts) if texts else None


def _phone(entry: Entry, name: str, numbers: Numbers) -> str | _Withheld | None:
    uses = _USES[name]
    shown = numbers.first(entry, *uses)
    if shown is None and entry.phone(*uses):
        return _Withheld(numbers.voice.say("contact_missing"))
    return shown


@dataclass(frozen=True, slots=True)
class _Withheld:
    """A number too old to show: false in an `if`, and named as missing in a sentence."""

    said: str

    def __bool__(self) -> bool:
        return False


def _finalize(value: object) -> object:
    if isinstance(value, _Withheld):
        return value.said
    if not isinstance(value, str):
        mend = "name a field of it, ask first with {% if %}, or leave it out"
        raise RenderError("the directory has no such fact", mend)
    return value


_TAG_LINE: Final = re.compile(r"^[ \t]*(\{%(?:(?!%\})[^\n])*%\})[ \t]*\n", re.MULTILINE)
_MEND: Final = "use only the placeholders of content/README.md"
_ENVIRONMENT: Final = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    finalize=_finalize,
    autoescape=False,
    keep_trailing_newline=True,
)
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.filters.clear()
_ENVIRONMENT.tests.clear()

_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.And,
    nodes.Or,
    nodes.Not,
)


def _walk(tree: nodes.Node) -> Iterator[tuple[tuple[str, ...], int]]:
    # Not recursive: a hostile file nests deeper than Python calls.
    waiting = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, nodes.Name | nodes.Getattr):
            yield _path(node), node.lineno
        elif isinstance(node, _ALLOWED):
            waiting.extend(node.iter_child_nodes())
        else:
            _refuse(f"`{type(node).__name__}` is not allowed in a text", _MEND, node.lineno)


def _path(node: nodes.Name | nodes.Getattr) -> tuple[str, ...]:
    path: list[str] = []
    at: nodes.Node = node
    while isinstance(at, nodes.Getattr):
        path.insert(0, at.attr)
        at = at.node
    if not isinstance(at, nodes.Name):
        _refuse("only names joined by dots are allowed", _MEND, node.lineno)
    return (at.name, *path)


def _inspect_path(path: tuple[str, ...], line: int, directory: Directory) -> None:
    known: tuple[str, ...]
    match path:
        case ("country",) | ("mission",):
            return
        case ("mission", wanted):
            known = MISSION_FIELDS
        case ("figures", wanted):
            known = tuple(directory.figures)
        case ("services", service, wanted):
            if service not in directory.services:
                _refuse(f"no service `{service}`", "see directory/services.yml", line)
            known = FIELDS
        case _:
            _refuse(f"no placeholder `{'.'.join(path)}`", _MEND, line)
    if wanted not in known:
        _refuse(f"no fact `{wanted}`", f"use one of: {', '.join(known)}", line)


def _refuse(what: str, mend: str, line: int) -> NoReturn:
    raise RenderError(what, mend, line)


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept)
