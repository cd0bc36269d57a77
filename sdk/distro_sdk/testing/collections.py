"""Collections of a plugin in memory, for tests that need no platform."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from distro_sdk.collections import COLLECTION_NAME, LARGEST_DOCUMENT, LONGEST_KEY, KeptDocument
from distro_sdk.errors import DomainError
from distro_sdk.notifiers import NoticeDraft
from distro_sdk.plugin import PluginContext


class MemoryCollection:
    """A collection that is gone with the test."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptDocument] = {}

    async def get(self, key: str) -> KeptDocument | None:
        return self._kept.get(_checked_key(key))

    async def put(self, key: str, content: Mapping[str, Any], *, revision: int | None = None) -> KeptDocument:
        present = self._kept.get(_checked_key(key))
        known = 0 if present is None else present.revision
        if revision not in {None, known}:
            raise DomainError("REVISION_CONFLICT", f"document {key} was changed by somebody else meanwhile")
        self._kept[key] = KeptDocument(key=key, revision=known + 1, content=_as_read_back(content))
        return self._kept[key]

    async def delete(self, key: str) -> bool:
        return self._kept.pop(_checked_key(key), None) is not None

    async def list(self, *, first: int = 100, after: str | None = None) -> Sequence[KeptDocument]:
        keys = sorted(key for key in self._kept if after is None or key > after)
        return [self._kept[key] for key in keys[:first]]


@dataclass(frozen=True)
class ContextInMemory(PluginContext):
    """A context for tests. `told`: what the plugin wanted told, each key once."""

    told: list[NoticeDraft] = field(default_factory=list, compare=False)


def context_in_memory(
    plugin_id: str,
    tenant_id: str = "tenant",
    configuration: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    read_clock: Callable[[], datetime] | None = None,
) -> ContextInMemory:
    """With what hooks are called, keeping what a plugin keeps in memory.

    `secrets`: of the configuration; `read_clock`: what tells the time, such as `SettableClock.now`, else the machine.
    """
    collections: dict[str, MemoryCollection] = {}

    def open_collection(name: str) -> MemoryCollection:
        if not re.match(COLLECTION_NAME, name):
            raise DomainError("PLUGIN_COLLECTION_INVALID", f"{name[:50]!r} cannot name a collection")
        return collections.setdefault(name, MemoryCollection())

    handed = {**(configuration or {}), **{name: SecretStr(secret) for name, secret in (secrets or {}).items()}}
    told: list[NoticeDraft] = []

    async def keep_notice(draft: NoticeDraft) -> None:
        if draft.key not in {other.key for other in told}:
            told.append(draft)

    return ContextInMemory(
        tenant_id,
        plugin_id,
        handed,
        open_collection=open_collection,
        keep_notice=keep_notice,
        read_clock=read_clock,
        told=told,
    )


def _checked_key(key: str) -> str:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise DomainError("PLUGIN_DOCUMENT_INVALID", f"a key has 1 to {LONGEST_KEY} printable characters")
    return key


def _as_read_back(content: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        text = json.dumps(dict(content), ensure_ascii=False, allow_nan=False)
        size = len(text.encode("utf-8"))
    except (TypeError, ValueError, RecursionError) as error:
        raise DomainError("PLUGIN_DOCUMENT_INVALID", f"it is no JSON document: {error}"[:300]) from error
    if size > LARGEST_DOCUMENT:
        raise DomainError("PLUGIN_DOCUMENT_INVALID", f"a document has at most {LARGEST_DOCUMENT} bytes")
    read: Mapping[str, Any] = json.loads(text)
    return read
