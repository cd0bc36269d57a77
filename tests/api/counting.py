"""A MongoDB client that writes down every call to a collection."""

from __future__ import annotations

from typing import Any


class CountingClient:
    """Passes everything on to a client. `calls`: database, collection and method of every call since it was cleared."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[tuple[str, str, str]] = []

    def __getitem__(self, name: str) -> Any:
        return _Database(self._client[name], name, self.calls)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class _Database:
    def __init__(self, database: Any, name: str, calls: list[tuple[str, str, str]]) -> None:
        self._database = database
        self._name = name
        self._calls = calls

    def __getitem__(self, name: str) -> Any:
        return _Collection(self._database[name], (self._name, name), self._calls)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class _Collection:
    def __init__(self, collection: Any, place: tuple[str, str], calls: list[tuple[str, str, str]]) -> None:
        self._collection = collection
        self._place = place
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._collection, name)

        def call(*arguments: Any, **options: Any) -> Any:
            self._calls.append((*self._place, name))
            return method(*arguments, **options)

        return call
