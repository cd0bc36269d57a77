"""The ordered log of everything that senders do to files."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class FileAction(StrEnum):
    """What was done to a file or a folder."""

    OPENED = "opened"
    WRITTEN = "written"
    READ = "read"
    RENAMED = "renamed"
    REMOVED = "removed"
    TRUNCATED = "truncated"
    FOLDER_MADE = "folder_made"
    FOLDER_REMOVED = "folder_removed"


class FileEvent(BaseModel):
    """One thing that a sender did.

    `sequence`: counts from 1 over all users and restarts; `path`: below the user's folder, starts with `/`; `target`:
    the new path of what was renamed; `size`: bytes of the file after a write.
    """

    model_config = ConfigDict(frozen=True)

    sequence: int
    at: datetime
    user: str
    action: FileAction
    path: str
    target: str | None = None
    size: int | None = None

    @property
    def place(self) -> str:
        """Where the file lies after the event."""
        return self.target or self.path

    @property
    def changes(self) -> bool:
        """Whether the event changed what lies in the folder; opening for writing counts, reading does not."""
        return self.action is not FileAction.READ


class EventLog:
    """All events, in memory and as JSON lines in a file that survives a restart."""

    def __init__(self, path: Path, listener: Callable[[FileEvent], None]) -> None:
        """`listener` is told of each event after it was written down."""
        self._path = path
        self._listener = listener
        self._events = [event for line in _lines(path) if (event := _event(line)) is not None]
        start = self._events[-1].sequence + 1 if self._events else 1
        self._sequence = itertools.count(start)
        self._file = path.open("a", encoding="utf-8")
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            self._file.write("\n")

    def __iter__(self) -> itertools.chain[FileEvent]:
        return itertools.chain(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def add(
        self, user: str, action: FileAction, path: str, *, target: str | None = None, size: int | None = None
    ) -> FileEvent:
        """Write down an event and tell the listener."""
        event = FileEvent(
            sequence=next(self._sequence),
            at=datetime.now(UTC),
            user=user,
            action=action,
            path=path,
            target=target,
            size=size,
        )
        self._events.append(event)
        self._file.write(event.model_dump_json(exclude_none=True) + "\n")
        self._file.flush()
        self._listener(event)
        return event

    def below(self, user: str, folder: str) -> Sequence[FileEvent]:
        """The user's events in a folder and below it, in order; `folder` starts with `/`."""
        prefix = folder.rstrip("/") + "/"
        return [
            event
            for event in self._events
            if event.user == user and (event.path.startswith(prefix) or event.place.startswith(prefix))
        ]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _event(line: str) -> FileEvent | None:
    """A line as an event; None for the half line that a killed process left."""
    try:
        return FileEvent.model_validate(json.loads(line))
    except (json.JSONDecodeError, ValidationError):
        return None
