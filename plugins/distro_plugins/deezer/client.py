"""Asks Deezer's API over HTTP: in turn, with a time limit, no more than is expected, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from distro_plugins.deezer.documents import Refusal
from distro_plugins.deezer.quota import LIMITED, Quota
from distro_plugins.deezer.settings import DeezerSettings
from distro_sdk.certificates import trust_in
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.http import guarded_session
from distro_sdk.http_targets.failures import UNAVAILABLE
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import STALLED, Verdict, network_error, raised, seconds_to_wait

M = TypeVar("M", bound=BaseModel)

MOST_BYTES: Final = 4 * 1024 * 1024
TRIES: Final = 3

_QUOTA, _BUSY, _NO_DATA = 4, 700, 800
"""Codes of Deezer's errors: quota exceeded, service busy, data not found."""

_REFUSED = Verdict(ErrorCategory.API_UNAVAILABLE, "METADATA_REQUEST_REFUSED", retryable=False)
_UNCLEAR = Verdict(ErrorCategory.API_UNAVAILABLE, "METADATA_ANSWER_UNCLEAR", retryable=True)


class Session:
    """Asks for records within one lookup."""

    def __init__(self, session: aiohttp.ClientSession, settings: DeezerSettings, quota: Quota) -> None:
        self._session = session
        self._settings = settings
        self._quota = quota

    async def get(self, kind: type[M], path: str, **parameters: str | int) -> M | None:
        """A record, or None where Deezer has none.

        Raises `TransportError`: RATE_LIMITED, HTTP_UNAVAILABLE, METADATA_REQUEST_REFUSED, METADATA_ANSWER_UNCLEAR,
        TRANSFER_STALLED, or those of the network.
        """
        for last in (False,) * (TRIES - 1) + (True,):
            await self._quota.turn(self._settings.patience)
            try:
                answer = await self._ask(path, parameters)
                return None if answer is None else kind.model_validate(answer)
            except ValidationError as error:
                fault = error.errors(include_input=False)[0]
                field = ".".join(str(step) for step in fault["loc"])
                raise raised(_UNCLEAR, f"Deezer's answer has no usable {field}: {fault['msg']}") from None
            except TransportError as error:
                if error.code == LIMITED.code:
                    self._quota.exhaust()
                if last or error.code not in {LIMITED.code, UNAVAILABLE.code}:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _ask(self, path: str, parameters: Mapping[str, str | int]) -> dict[str, Any] | None:
        url = f"{self._settings.address.rstrip('/')}/{path}"
        try:
            async with self._session.get(url, params=parameters, allow_redirects=False) as response:
                if response.status == 404:
                    return None
                if response.status == 429:
                    wait = seconds_to_wait(response.headers.get("Retry-After"))
                    raise raised(LIMITED, "Deezer answers 429", retry_after=wait)
                if response.status != 200:
                    verdict = UNAVAILABLE if response.status >= 500 else _REFUSED
                    raise raised(verdict, f"Deezer answers {response.status}")
                return _read(await _body(response))
        except TimeoutError as error:
            raise raised(STALLED, f"Deezer gave no answer within {self._settings.timeout:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise network_error(error, "ask Deezer") from error


@asynccontextmanager
async def open_session(settings: DeezerSettings, quota: Quota) -> AsyncIterator[Session]:
    """Connections that live as long as one lookup. `quota`: counts what all lookups ask together."""
    trust = await asyncio.to_thread(trust_in, None)
    addresses, timeout = AddressPolicy(settings.private_networks), aiohttp.ClientTimeout(total=settings.timeout)
    headers = {"Accept": "application/json"}
    async with guarded_session(addresses, trust, timeout=timeout, headers=headers, unpacks=True) as session:
        yield Session(session, settings, quota)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for block in response.content.iter_chunked(1 << 16):
        body += block
        if len(body) > MOST_BYTES:
            raise raised(_UNCLEAR, f"Deezer answers with more than {MOST_BYTES} bytes")
    return bytes(body)


def _read(body: bytes) -> dict[str, Any] | None:
    """The record, None for Deezer's "no data"; Deezer tells errors with the status 200."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise raised(_UNCLEAR, "Deezer's answer is no JSON") from error
    if not isinstance(answer, dict):
        raise raised(_UNCLEAR, "Deezer's answer is no record")
    told = answer.get("error")
    if not told:
        return answer
    try:
        refusal = Refusal.model_validate(told)
    except ValidationError:
        raise raised(_UNCLEAR, "Deezer's answer is an error without a code") from None
    if refusal.code == _NO_DATA:
        return None
    message = f"Deezer answers {refusal.type[:100]} {refusal.code}: {refusal.message[:200]}"
    verdict = {_QUOTA: LIMITED, _BUSY: UNAVAILABLE}.get(refusal.code, _REFUSED)
    raise raised(verdict, message)
