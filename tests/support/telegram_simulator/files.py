"""Files that were uploaded, by a person or by the bot, and the identifiers they go by."""

import hashlib
from dataclasses import dataclass, field

from tests.support.telegram_simulator.wire import JsonObject

DOWNLOAD_LIMIT = 20 * 1024 * 1024
PREFIXES = {
    "photo": "AgAC",
    "voice": "AwAC",
    "video": "BAAC",
    "video_note": "DQAC",
    "audio": "CQAC",
    "animation": "CgAC",
    "document": "BQAC",
    "sticker": "CAAC",
}
FOLDERS = {
    "photo": "photos",
    "voice": "voice",
    "video": "videos",
    "video_note": "video_notes",
    "audio": "music",
    "animation": "animations",
    "document": "documents",
    "sticker": "stickers",
}
ENDINGS = {
    "photo": ".jpg",
    "voice": ".oga",
    "video": ".mp4",
    "video_note": ".mp4",
    "audio": ".mp3",
    "animation": ".mp4",
    "document": "",
    "sticker": ".webp",
}
_CLIP: JsonObject = {"width": 640, "height": 480, "duration": 5, "mime_type": "video/mp4"}
_FACTS: dict[str, JsonObject] = {
    "voice": {"duration": 3, "mime_type": "audio/ogg"},
    "video": _CLIP,
    "video_note": {"length": 240, "duration": 5},
    "audio": {"duration": 60, "mime_type": "audio/mpeg"},
    "animation": _CLIP,
    "sticker": {
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": "\N{WAVING HAND SIGN}",
    },
}
"""What a message says of a file, by its kind."""
_NAMED = frozenset({"video", "audio", "animation", "document"})


@dataclass(frozen=True)
class StoredFile:
    """A file in Telegram's cloud."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    mime_type: str
    path: str
    data: bytes = field(repr=False)
    size: int = 0
    """As claimed, so that large files need no large memory."""

    def names(self) -> JsonObject:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}

    def as_content(self) -> JsonObject:
        """The field of a message that holds this file."""
        if self.kind == "photo":
            small = {
                **self.names(),
                "file_id": self.file_id + "s",
                "file_unique_id": self.unique_id + "s",
            }
            sizes = [
                {**small, "width": 90, "height": 67},
                {**self.names(), "width": 1280, "height": 960},
            ]
            return {"photo": sizes}
        facts = self.names() | _FACTS.get(self.kind, {"mime_type": self.mime_type})
        if self.kind in _NAMED:
            facts |= {"file_name": self.name}
        if self.kind == "animation":  # for clients that know no animations
            document = self.names() | {"file_name": self.name, "mime_type": "video/mp4"}
            return {"animation": facts, "document": document}
        return {self.kind: facts}


class FileStore:
    """All files, by the identifiers and by the paths that getFile gives."""

    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self.by_path: dict[str, StoredFile] = {}

    def keep(
        self,
        kind: str,
        data: bytes,
        *,
        name: str = "",
        mime_type: str = "application/octet-stream",
        size: int = 0,
    ) -> StoredFile:
        number = len(self.by_path)
        digest = hashlib.sha256(data + str(number).encode()).hexdigest()
        path = f"{FOLDERS[kind]}/file_{number}{ENDINGS[kind] or _ending(name)}"
        stored = StoredFile(
            file_id=f"{PREFIXES[kind]}AgUAAxkBAAI{digest[:48]}",
            unique_id=f"AgAD{digest[48:60]}",
            kind=kind,
            name=name or path.rsplit("/", 1)[1],
            mime_type=mime_type,
            path=path,
            data=data,
            size=size or len(data),
        )
        self.by_id[stored.file_id] = stored
        if kind == "photo":
            self.by_id[stored.file_id + "s"] = stored
        self.by_path[path] = stored
        return stored


def _ending(name: str) -> str:
    return f".{name.rsplit('.', 1)[1]}" if "." in name else ""
