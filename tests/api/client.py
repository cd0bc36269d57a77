"""A GraphQL client for tests: one caller on a real socket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

SIGN_IN = """mutation SignIn($input: AuthSignInInput!) {
  authSignIn(input: $input) {
    session { accessToken refreshToken user { id email role } tenant { id key } role }
    errors { code message path }
  }
}"""


class Client:
    """Calls one API, with a token or without."""

    def __init__(self, http: httpx2.AsyncClient, url: str, token: str | None = None) -> None:
        self.http = http
        self.url = url
        self.token = token

    def with_token(self, token: str | None) -> Client:
        """The same API, called by somebody else."""
        return Client(self.http, self.url, token)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say who calls."""
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def post(self, document: str, variables: dict[str, Any] | None = None, **headers: str) -> httpx2.Response:
        """One request, unread."""
        body = {"query": document, "variables": variables or {}}
        return await self.http.post(f"{self.url}/graphql", json=body, headers={**self.headers, **headers})

    async def run(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer of an operation: `data` and, where there are any, `errors`."""
        response = await self.post(document, variables)
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that must not fail."""
        answer = await self.run(document, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def refused(self, document: str, **variables: Any) -> str:
        """The code with which an operation was refused."""
        answer = await self.run(document, **variables)
        code: str = answer["errors"][0]["extensions"]["code"]
        return code

    async def mutate(self, name: str, selection: str, /, **input: Any) -> dict[str, Any]:
        """The payload of a mutation, with its errors. `name`: such as releaseCreate."""
        type_name = f"{name[0].upper()}{name[1:]}Input!"
        call = f"{name}(input: $input) {{ {selection} errors {{ code message path }} }}"
        document = f"mutation($input: {type_name}) {{ {call} }}"
        payload: dict[str, Any] = (await self.data(document, input=input))[name]
        return payload

    async def sign_in(self, email: str, password: str, tenant: str | None = None) -> dict[str, Any]:
        """The payload of authSignIn."""
        payload: dict[str, Any] = (
            await self.data(SIGN_IN, input={"email": email, "password": password, "tenant": tenant})
        )["authSignIn"]
        return payload

    @asynccontextmanager
    async def events(self, document: str, **variables: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The events of a subscription over server-sent events."""
        body = {"query": document, "variables": variables}
        headers = {**self.headers, "accept": "text/event-stream"}
        async with self.http.stream("POST", f"{self.url}/graphql", json=body, headers=headers, timeout=30) as response:
            assert response.status_code == 200, await response.aread()
            assert response.headers["content-type"] == "text/event-stream"
            yield _events(response)

    @asynccontextmanager
    async def socket(self, payload: dict[str, Any] | None = None) -> AsyncIterator[ClientConnection]:
        """A WebSocket of the protocol graphql-transport-ws, greeted unless `payload` is an empty object."""
        url = f"{self.url.replace('http', 'ws')}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": payload or self.headers}))
            yield socket


async def _events(response: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    kind = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        if kind == "complete":
            return
        if line.startswith("data: ") and kind == "next":
            event: dict[str, Any] = json.loads(line.removeprefix("data: "))
            yield event


async def read(socket: ClientConnection) -> dict[str, Any]:
    """The next message of a WebSocket."""
    message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def subscribe(socket: ClientConnection, id: str, document: str, /, **variables: Any) -> None:
    """Start an operation on a WebSocket."""
    payload = {"query": document, "variables": variables}
    await socket.send(json.dumps({"id": id, "type": "subscribe", "payload": payload}))
