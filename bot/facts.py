"""What flows may look up of the directory and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.flows.state import MissionFact

if TYPE_CHECKING:
    from bot.content.library import Library


@dataclass(frozen=True, slots=True)
class Facts:
    """The look-ups of one turn; pure, as the library that it reads."""

    content: Library

    def missions(self, country: str) -> Sequence[MissionFact]:
        """Give the missions that serve a nationality, those in the country first."""
        return [
            MissionFact(
                id=mission.id,
                city=mission.city or "",
                has_phone=bool(mission.phones),
                in_country=mission.resident,
            )
            for mission in self.content.directory.missions(country)
        ]

    def answer_exists(self, topic: str) -> bool:
        """Say whether there is an answer that everybody can be given."""
        return self.content.answer_exists(topic)

    def languages(self) -> Sequence[tuple[str, str]]:
        """Give the languages offered: code and own name."""
        return self.content.offered_languages()
