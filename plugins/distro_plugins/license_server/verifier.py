"""Asks one server, named by the operator, with a time limit."""

from __future__ import annotations

import asyncio
from importlib import import_module

from distro_plugins.license_server.settings import LicenseServerSettings
from distro_sdk.errors import ErrorCategory
from distro_sdk.health import CheckResult, CheckStatus
from distro_sdk.licensing import LONGEST_LICENSE, LicenseQuestion, LicenseVerdict
from distro_sdk.network_failures import Verdict, raised

_NOT_SET = Verdict(ErrorCategory.API_UNAVAILABLE, "LICENSE_SERVER_NOT_SET", retryable=False)


class LicenseServerVerifier:
    """Posts the question with the licence as JSON; the answer is a verdict as JSON. Follows no redirection."""

    key = "license-server"

    def __init__(self, settings: LicenseServerSettings) -> None:
        self._settings = settings

    async def verify(self, question: LicenseQuestion, license: str) -> LicenseVerdict:
        """The server's verdict; raises `TransportError` where it gives none."""
        url = self._settings.url
        if url is None:
            raise raised(_NOT_SET, "the operator has set no licence server")
        if len(license) > LONGEST_LICENSE:
            return LicenseVerdict(valid=False, reason=f"a licence has at most {LONGEST_LICENSE} characters")
        await _load()
        from distro_plugins.license_server.asking import ask  # noqa: PLC0415

        return await ask(
            self._settings, url, {**question.model_dump(mode="json", exclude={"keys"}), "license": license}
        )

    async def check(self, context: object) -> CheckResult:
        """Whether the server answers, whatever it says: without a licence there is no verdict. `context`: unused."""
        url = self._settings.url
        if url is None:
            return CheckResult(CheckStatus.UNUSED, "the operator has set no licence server")
        await _load()
        from distro_plugins.license_server.asking import look  # noqa: PLC0415

        return await look(self._settings, url)


async def _load() -> None:
    """Load what asking needs. aiohttp takes 8 MB: only those who use it have it."""
    await asyncio.to_thread(import_module, "distro_plugins.license_server.asking")
