"""Requests with the target's credentials: signed in anew once, and redirected on the same host only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from distro_plugins.http_api.addresses import redirected_address
from distro_plugins.http_api.authorization import Authorization
from distro_sdk.http_targets.client import Answer, Call, HttpClient
from distro_sdk.http_targets.failures import REDIRECTED, REDIRECTIONS
from distro_sdk.network_failures import raised

MOST_REDIRECTS = 3
_SAME_METHOD = frozenset({307, 308})
"""What a POST may follow: the others ask for a GET instead (RFC 9110 section 15.4)."""


class HttpRequests:
    """Requests to one receiver."""

    def __init__(self, client: HttpClient, authorization: Authorization, headers: Mapping[str, str]) -> None:
        """`headers`: of the target, sent with each request."""
        self._client = client
        self._headers = headers
        self._authorization = authorization

    async def make(self, call: Call) -> Answer:
        """The answer of the receiver; raises `TransportError` when there is none, or REDIRECT_REFUSED."""
        call = replace(call, headers={**self._headers, **call.headers})
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._signed(call)
            if answer.status not in REDIRECTIONS:
                return answer
            if call.method == "POST" and answer.status not in _SAME_METHOD:
                raise raised(REDIRECTED, f"cannot {call.doing}: the server wants something else of us")
            call = replace(call, address=redirected_address(call.address, answer.headers.get("Location"), call.doing))
        raise raised(REDIRECTED, f"cannot {call.doing}: the server redirects again and again")

    async def _signed(self, call: Call) -> Answer:
        header = await self._authorization.header()
        answer = await self._client.send(_with(call, header))
        if answer.status == 401 and await self._authorization.renew(header):
            answer = await self._client.send(_with(call, await self._authorization.header()))
        return answer


def _with(call: Call, authorization: str | None) -> Call:
    return call if authorization is None else replace(call, headers={**call.headers, "Authorization": authorization})
