"""A GraphQL client as anybody would write one: HTTP, JSON, and files by PUT."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import httpx2

UPLOAD_BLOCK = 1 << 20


class DemonstrationFailed(Exception):
    """Something that the demonstration relies on did not happen."""


class GraphQLClient:
    """Talks to one API. `url`: where the API listens, such as ``http://127.0.0.1:8080``."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def authenticate(self, access_token: str) -> None:
        """Send this token with every request from now on."""
        self._http.headers["Authorization"] = f"Bearer {access_token}"

    async def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """The `data` of an operation; raises `DemonstrationFailed` with the API's own words."""
        response = await self._http.post("/graphql", json={"query": document, "variables": variables})
        answer: dict[str, Any] = response.json()
        if answer.get("errors"):
            raise DemonstrationFailed("; ".join(error["message"] for error in answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    async def mutate(self, document: str, **input: Any) -> dict[str, Any]:
        """The payload of a mutation with one input; raises `DemonstrationFailed` with its payload errors."""
        payload: dict[str, Any] = next(iter((await self.query(document, input=input)).values()))
        if payload.get("errors"):
            raise DemonstrationFailed("; ".join(f"{fault['code']}: {fault['message']}" for fault in payload["errors"]))
        return payload

    async def upload(self, url: str, path: Path) -> dict[str, Any]:
        """Send a file to an upload address and return what the API made of it."""
        with path.open("rb") as file:
            response = await self._http.put(url, content=_blocks(file))
        answer: dict[str, Any] = response.json()
        if response.status_code >= 400:
            raise DemonstrationFailed(f"{path.name}: {answer}")
        return answer

    async def is_ready(self) -> bool:
        """Whether the API says that it can work."""
        try:
            response = await self._http.get("/ready", timeout=2)
        except httpx2.TransportError:
            return False
        return response.status_code == 200


async def _blocks(file: BinaryIO) -> AsyncIterator[bytes]:
    while block := file.read(UPLOAD_BLOCK):
        yield block
