"""The JSON values that travel between a bot and the simulator."""

from typing import Any

JsonObject = dict[str, Any]
