"""Asks the licence server over HTTP; whatever it does not say clearly is no verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from pydantic import ValidationError

from distro_plugins.license_server.settings import LicenseServerSettings
from distro_sdk.certificates import trust_beside
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.health import CheckResult, CheckStatus
from distro_sdk.http import guarded_session
from distro_sdk.http_targets.failures import UNAVAILABLE
from distro_sdk.licensing import LicenseVerdict
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import STALLED, Verdict, network_error, raised

MOST_BYTES = 16 * 1024

_UNCLEAR = Verdict(ErrorCategory.API_UNAVAILABLE, "LICENSE_ANSWER_UNCLEAR", retryable=True)


async def ask(settings: LicenseServerSettings, url: str, asked: dict[str, Any]) -> LicenseVerdict:
    """Post a question; the server's verdict. Raises `TransportError` where it gives none."""
    try:
        async with _session(settings) as session, session.post(url, json=asked, allow_redirects=False) as response:
            if response.status != 200:
                raise raised(UNAVAILABLE, f"the licence server answers {response.status}")
            return await _read(response)
    except TimeoutError as error:
        message = f"the licence server gave no answer within {settings.timeout:g} s"
        raise raised(STALLED, message) from error
    except (aiohttp.ClientError, OSError) as error:
        raise network_error(error, "ask the licence server") from error


async def look(settings: LicenseServerSettings, url: str) -> CheckResult:
    """Whether the server answers, whatever it says."""
    try:
        async with _session(settings) as session, session.get(url, allow_redirects=False) as response:
            down = response.status >= 500
            return CheckResult(CheckStatus.DOWN if down else CheckStatus.UP, f"it answers {response.status}")
    except TimeoutError:
        return CheckResult(CheckStatus.DOWN, f"no answer within {settings.timeout:g} s")
    except (aiohttp.ClientError, OSError, TransportError) as error:
        return CheckResult(CheckStatus.DOWN, network_error(error, "ask the licence server").message)


@asynccontextmanager
async def _session(settings: LicenseServerSettings) -> AsyncIterator[aiohttp.ClientSession]:
    trust = await asyncio.to_thread(trust_beside, settings.ca_certificates)
    addresses, timeout = AddressPolicy(settings.private_networks), aiohttp.ClientTimeout(total=settings.timeout)
    async with guarded_session(addresses, trust, timeout=timeout, unpacks=True) as session:
        yield session


async def _read(response: aiohttp.ClientResponse) -> LicenseVerdict:
    body = bytearray()
    async for block in response.content.iter_chunked(4096):
        body += block
        if len(body) > MOST_BYTES:
            raise raised(_UNCLEAR, f"the licence server answers with more than {MOST_BYTES} bytes")
    try:
        return LicenseVerdict.model_validate_json(bytes(body))
    except ValidationError as error:
        raise raised(_UNCLEAR, "the licence server's answer is no verdict") from error
