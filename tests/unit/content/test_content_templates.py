"""Promise: a template fills in facts and can do nothing else."""

from __future__ import annotations

import pytest

from bot.content.library import Library
from bot.content.problems import RenderError
from bot.content.render import _TAG_LINE, inspect_template

HOSTILE = [
    "{{ services.__class__ }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ services.police_117.__init__.__globals__ }}",
    "{{ services['police_117'] }}",
    "{{ services.police_117.phone.format(1) }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler }}",
    "{{ lipsum() }}",
    "{{ range(10) }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 'a' * 99999999 }}",
    "{{ services|attr('x') }}",
    "{{ mission.name|upper }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ 1 if mission else 2 }}",
    "{% for x in services %}{{ x }}{% endfor %}",
    "{% set x = 1 %}",
    "{% include 'en.md' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% macro x() %}{% endmacro %}",
    "{% if mission.name == 'x' %}{% endif %}",
    "{% if mission is defined %}{% endif %}",
    "{% raw %}x{% endraw %}{{ nothing }}",
    "{{ mission.note }}",
    "{{ services }}{{ services.police_117 }}",
    "{{ country.name }}",
    "{{ figures.overstay_fine.evidence }}",
    "{{ " + "(" * 5000,
    "{% if mission %}" * 2000,
    "a" * 6001,
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: body[:40])
def test_a_template_cannot_reach_code_or_data_beyond_the_facts(library: Library, body: str) -> None:
    with pytest.raises(RenderError) as raised:
        inspect_template(body, library.directory)
    assert raised.value.mend


def test_the_line_of_a_bad_placeholder_is_told(library: Library) -> None:
    with pytest.raises(RenderError) as raised:
        inspect_template("one\ntwo\n{{ services.nobody.phone }}", library.directory)
    assert raised.value.line == 3


def test_what_editors_need_is_allowed(library: Library) -> None:
    body = (
        "{% if mission.email and not mission.resident %}{{ mission.email }}"
        "{% elif country %}{{ country }}{% else %}{{ figures.overstay_fine }}{% endif %}"
        "{# a remark #}{{ services.gdi.address }}"
    )
    inspect_template(body, library.directory)


def test_only_a_line_that_is_one_tag_leaves_no_empty_line() -> None:
    body = "{% if mission %}\nask them\n{% endif %}\n{% if country %}there{% endif %}\nthen"
    wanted = "{% if mission %}ask them\n{% endif %}{% if country %}there{% endif %}\nthen"
    assert _TAG_LINE.sub(r"\1", body) == wanted
