"""Asks one server, named by the operator, with a time limit; whatever it does not say clearly is no verdict."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import aiohttp
from pydantic import Field, ValidationError, field_validator, model_validator

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.health import CheckResult, CheckStatus
from distro_sdk.licensing import LONGEST_LICENSE, LicenseQuestion, LicenseVerdict
from distro_sdk.models.base import Model
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import STALLED, Verdict, network_error, raised

MOST_BYTES = 16 * 1024

_NOT_SET = Verdict(ErrorCategory.API_UNAVAILABLE, "LICENSE_SERVER_NOT_SET", retryable=False)
_UNAVAILABLE = Verdict(ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", retryable=True)
_UNCLEAR = Verdict(ErrorCategory.API_UNAVAILABLE, "LICENSE_ANSWER_UNCLEAR", retryable=True)


class LicenseServerSettings(Model):
    """What the operator sets.

    `url`: where licences are asked about; `timeout`: seconds for a whole answer; `private_networks`: those of the
    operator's own that the server may lie in; `allow_plain`: let `url` be http; `ca_certificates`: further authorities,
    as PEM.
    """

    url: Annotated[str, Field(pattern=r"^https?://[^\s@/]+(/\S*)?$", max_length=1000)] | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 5
    private_networks: tuple[str, ...] = ()
    allow_plain: bool = False
    ca_certificates: str | None = None

    @field_validator("private_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        AddressPolicy(value)
        return value

    @model_validator(mode="after")
    def _is_encrypted(self) -> LicenseServerSettings:
        if self.url is not None and not self.url.startswith("https://") and not self.allow_plain:
            raise ValueError("a licence server is asked over https, unless allow_plain is set")
        return self


class LicenseServerVerifier:
    """Posts the question with the licence as JSON; the answer is a verdict as JSON. Follows no redirection."""

    key = "license-server"

    def __init__(self, settings: LicenseServerSettings) -> None:
        self._settings = settings
        self._addresses = AddressPolicy(settings.private_networks)

    async def verify(self, question: LicenseQuestion, license: str) -> LicenseVerdict:
        """The server's verdict; raises `TransportError` where it gives none."""
        url = self._settings.url
        if url is None:
            raise raised(_NOT_SET, "the operator has set no licence server")
        if len(license) > LONGEST_LICENSE:
            return LicenseVerdict(valid=False, reason=f"a licence has at most {LONGEST_LICENSE} characters")
        asked = {**question.model_dump(mode="json", exclude={"keys"}), "license": license}
        try:
            async with self._session() as session, session.post(url, json=asked, allow_redirects=False) as response:
                if response.status != 200:
                    raise raised(_UNAVAILABLE, f"the licence server answers {response.status}")
                return await _read(response)
        except TimeoutError as error:
            message = f"the licence server gave no answer within {self._settings.timeout:g} s"
            raise raised(STALLED, message) from error
        except (aiohttp.ClientError, OSError) as error:
            raise network_error(error, "ask the licence server") from error

    async def check(self, context: object) -> CheckResult:
        """Whether the server answers, whatever it says: without a licence there is no verdict. `context`: unused."""
        url = self._settings.url
        if url is None:
            return CheckResult(CheckStatus.UNUSED, "the operator has set no licence server")
        try:
            async with self._session() as session, session.get(url, allow_redirects=False) as response:
                down = response.status >= 500
                return CheckResult(CheckStatus.DOWN if down else CheckStatus.UP, f"it answers {response.status}")
        except TimeoutError:
            return CheckResult(CheckStatus.DOWN, f"no answer within {self._settings.timeout:g} s")
        except (aiohttp.ClientError, OSError, TransportError) as error:
            return CheckResult(CheckStatus.DOWN, network_error(error, "ask the licence server").message)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        context = await asyncio.to_thread(ssl.create_default_context)
        if self._settings.ca_certificates:
            await asyncio.to_thread(context.load_verify_locations, cadata=self._settings.ca_certificates)
        # One address after the other: happy eyeballs would swallow the refusal of an address.
        connector = aiohttp.TCPConnector(
            ssl=context, happy_eyeballs_delay=None, socket_factory=self._addresses.open_socket
        )
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "stardust-distro"},
            trust_env=False,
        ) as session:
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
