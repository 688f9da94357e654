"""The checker: what loads and is wrong all the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.understanding import Tier
from bot.domain.yaml_source import load_yaml
from bot.flows import check
from tests.support.flow_parts import LANGUAGES, ROOT, flows_of, project_flows, tiers


def phrases() -> dict[str, dict[str, str]]:
    found = {}
    for language, _ in LANGUAGES:
        text = (ROOT / f"content/phrases/{language}.yml").read_text(encoding="utf-8")
        listed = load_yaml(text, language).require("phrases").mapping()
        found[language] = {key: node.text() for key, node in listed.items()}
    return found


def test_the_flows_of_the_project_have_no_problem() -> None:
    topics = check.needed_topics(project_flows(), tiers())
    assert check.check(project_flows(), tiers(), phrases(), topics) == []


def test_every_answer_that_flows_name_is_there() -> None:
    topics = check.needed_topics(project_flows(), tiers())
    missing = {topic for topic in topics if not (ROOT / "content/answers" / topic).is_dir()}
    assert missing == set()


SUSPICIOUS = sorted((Path(__file__).parent / "suspicious").glob("*.yml"))


@pytest.mark.parametrize("path", SUSPICIOUS, ids=lambda path: path.stem)
def test_a_problem_is_found(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = re.match(r"# (error|warning): (.*)\n", text)
    assert expected, "the first line says how bad it is, and a piece of what is said"
    book = {"en": {"a": "A", "odd": "{money} and {{brace}}"}}
    listed = {"greet": Tier.DIALOGUE, "thanks": Tier.DIALOGUE}
    found = check.check(flows_of(text), listed, book, topics=())
    fitting = [problem for problem in found if expected[2] in problem.what]
    assert fitting, "\n".join(map(str, found))
    assert {problem.severity.value for problem in fitting} == {expected[1]}
    assert all(problem.mend and problem.file for problem in found)
