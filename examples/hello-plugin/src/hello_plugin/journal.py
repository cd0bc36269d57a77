"""A file with one JSON line for each thing that happened."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Journal:
    """Appends lines to a file, one at a time and in a thread; without a file it does nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Make sure that the file can be written; raises `OSError`."""
        if self._file is not None:
            await asyncio.to_thread(self._append, "")

    async def write(self, what: str, **details: Any) -> Mapping[str, Any]:
        """Append a line and return it. `details`: what JSON can hold."""
        line: Mapping[str, Any] = {"at": datetime.now(UTC).isoformat(), "what": what, **details}
        if self._file is not None:
            async with self._writing:
                await asyncio.to_thread(self._append, f"{json.dumps(line, ensure_ascii=False)}\n")
        return line

    async def read(self, tenant_id: str) -> Sequence[Mapping[str, Any]]:
        """The lines of one tenant, the oldest first."""
        if self._file is None:
            return ()
        text = await asyncio.to_thread(self._file.read_text, "utf-8")
        lines = [json.loads(line) for line in text.splitlines()]
        return [line for line in lines if line.get("tenant_id") == tenant_id]

    def _append(self, text: str) -> None:
        assert self._file is not None
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as journal:
            journal.write(text)
