"""Requests to one bucket: signed in, repeated where that helps, and named when they fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from distro_plugins.google_cloud.client import Answer, Call, GoogleClient
from distro_plugins.google_cloud.settings import GoogleCloudSettings
from distro_plugins.google_cloud.tokens import Authorization
from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import REMOTE_FAILURE
from distro_sdk.object_storage.patience import repeated


class GoogleRequests:
    """Calls of the JSON API on one bucket; they raise `TransportError` alone."""

    def __init__(self, client: GoogleClient, authorization: Authorization, settings: GoogleCloudSettings) -> None:
        self._client = client
        self._authorization = authorization
        self._bucket = quote(settings.bucket, safe="")
        self._address = settings.address

    def objects(self, **query: str) -> str:
        """The address of the bucket's objects."""
        return f"{self._address}/storage/v1/b/{self._bucket}/o?{urlencode(query)}"

    def object(self, key: str, **query: str) -> str:
        """The address of one object."""
        return f"{self._address}/storage/v1/b/{self._bucket}/o/{quote(key, safe='')}?{urlencode(query)}"

    def uploads(self, **query: str) -> str:
        """The address that takes objects."""
        return f"{self._address}/upload/storage/v1/b/{self._bucket}/o?{urlencode(query)}"

    async def make(self, call: Call, *expected: int) -> Answer:
        """Make a request until it is answered. `expected`: statuses that are no failure."""

        async def once() -> Answer:
            return await self.once(call, *expected)

        return await repeated(once)

    async def once(self, call: Call, *expected: int) -> Answer:
        """Make a request one time, but with a new token where the old one is refused."""
        header = await self._authorization.header()
        answer = await self._client.send(_signed(call, header))
        if answer.status == 401 and self._authorization.renew(header):
            answer = await self._client.send(_signed(call, await self._authorization.header()))
        if answer.status not in expected:
            raise answer.error(call.doing)
        return answer


def read_json(answer: Answer, doing: str) -> dict[str, Any]:
    """The object that an answer holds; raises `TransportError` REMOTE_FAILURE where it holds none."""
    try:
        said = json.loads(answer.content)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise raised(REMOTE_FAILURE, f"cannot {doing}: the answer is no JSON")
    return said


def _signed(call: Call, header: str) -> Call:
    return replace(call, headers={**call.headers, "Authorization": header})
