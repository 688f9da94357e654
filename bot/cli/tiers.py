"""Reads which intents there are and how pressing each is, without loading the model."""

from __future__ import annotations

from bot.domain.understanding import Tier
from bot.domain.yaml_source import load_yaml
from bot.settings import ROOT


def read() -> dict[str, Tier]:
    """Give the tier of every intent, as `nlu/tiers.yml` has it."""
    path = ROOT / "nlu" / "tiers.yml"
    listed = load_yaml(path.read_text(encoding="utf-8"), "nlu/tiers.yml").require("tiers")
    return {
        name.text(): Tier(tier)
        for tier, names in listed.mapping().items()
        for name in names.sequence()
    }
