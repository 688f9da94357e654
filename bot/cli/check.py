"""`helpline check`: everything that is wrong in flows and content, with file, line and mend."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from bot import clock
from bot.channels.telegram.introduce import COMMANDS
from bot.channels.webchat.server import PHRASES
from bot.content import check as content_check
from bot.content import library
from bot.content.problems import ContentError
from bot.domain.problems import Problem, Severity
from bot.domain.understanding import Tier
from bot.domain.yaml_source import load_yaml
from bot.flows import check as flow_check
from bot.flows import loading
from bot.flows.definition import FlowError
from bot.handoff import contact, feedback, paging
from bot.settings import ROOT

OWN_PHRASES = (
    frozenset({"internal_error", "internal_error_alone"})
    | {*PHRASES, *paging.PHRASES, *contact.PHRASES, *feedback.PHRASES}
    | {f"command_{name}" for name in COMMANDS}
)
"""Phrases that the turn, the channels and handing over say by themselves."""
OWN_TOPICS = frozenset({contact.NUMBERS, paging.NUMBERS})
"""Answers that handing over gives by itself."""


def main(arguments: Sequence[str]) -> int:
    """Check; 0 when there is no error (warnings are shown and let pass)."""
    parser = argparse.ArgumentParser(prog="helpline check", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for machines")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    problems = sorted(set(find()))
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if options.json:
        sys.stdout.write(json.dumps([asdict(problem) for problem in problems], indent=1) + "\n")
    else:
        for problem in problems:
            sys.stdout.write(f"{problem}\n")
        verdict = f"{errors} errors, {len(problems) - errors} warnings"
        sys.stdout.write(f"Flows and content: {verdict} ({time.monotonic() - began:.1f} s)\n")
    return 1 if errors else 0


def find() -> Iterator[Problem]:
    """Find all problems in `flows/`, `content/` and `nlu/tiers.yml`."""
    tiers = _tiers()
    flows = content = None
    try:
        flows = loading.load(ROOT / "flows")
    except FlowError as error:
        yield from error.problems
    try:
        content = library.load(ROOT / "content")
    except ContentError as error:
        yield from error.problems
    if flows is None or content is None:
        return
    phrases = flow_check.needed_phrases(flows, tiers) | OWN_PHRASES
    topics = flow_check.needed_topics(flows, tiers) | OWN_TOPICS
    yield from content_check.check(content, topics, phrases, tiers, clock.today())
    texts = {
        code: {key: phrase.text for key, phrase in book.phrases.items()}
        for code, book in content.phrases.items()
    }
    yield from flow_check.check(flows, tiers, texts, content.topics())


def _tiers() -> dict[str, Tier]:
    path = ROOT / "nlu" / "tiers.yml"
    listed = load_yaml(path.read_text(encoding="utf-8"), "nlu/tiers.yml").require("tiers")
    return {
        name.text(): Tier(tier)
        for tier, names in listed.mapping().items()
        for name in names.sequence()
    }
