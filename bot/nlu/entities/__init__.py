"""Finds what a text names, without a model: places, nationalities, people, days, phone numbers."""

from bot.nlu.entities.files import GazetteerError
from bot.nlu.entities.gazetteer import LANGUAGES, LONGEST, Gazetteer

__all__ = ["LANGUAGES", "LONGEST", "Gazetteer", "GazetteerError"]
