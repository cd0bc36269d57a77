"""Licences that a server judges: asked over HTTP, with a time limit, and patience where it does not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.licensing.documents import InstallationDocument
from distro_core.licensing.held import LicenseState
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_plugins.license_server import LicenseServerPlugin
from distro_plugins.license_server.settings import LicenseServerSettings
from distro_plugins.license_server.verifier import LicenseServerVerifier
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.testing.clock import SettableClock
from distro_sdk.testing.plugins import PluginConformance
from tests.licensing.licences import question
from tests.licensing.license_server import LicenseServer, serve_licenses
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import CARRIER, Shop, empty_shop, fresh_id, open_shop

DAY = timedelta(days=1)


@pytest.fixture
async def server() -> AsyncIterator[LicenseServer]:
    async with serve_licenses() as running:
        yield running


def verifier_of(server: LicenseServer, **settings: Any) -> LicenseServerVerifier:
    return LicenseServerVerifier(LicenseServerSettings(**{**server.settings, **settings}))


async def fault(verifier: LicenseServerVerifier) -> str:
    with pytest.raises(TransportError) as raised:
        await verifier.verify(question(), "text")
    assert "text" not in str(raised.value)
    return raised.value.code


class TestPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[LicenseServerPlugin]:
        return LicenseServerPlugin


async def test_the_server_is_asked_with_everything_and_its_verdict_counts(server: LicenseServer) -> None:
    server.answer = {
        "valid": True,
        "license_id": "L-7",
        "features": ["split"],
        "expires_at": "2027-11-21T00:00:00Z",
        "grace_until": None,
    }

    verdict = await verifier_of(server).verify(question(), "the licence")

    assert (verdict.valid, verdict.license_id, verdict.features) == (True, "L-7", frozenset({"split"}))
    assert server.asked == [
        {
            "plugin_id": "stems",
            "tenant_id": "label-a",
            "installation_id": "here",
            "now": "2027-01-15T08:00:00Z",
            "license": "the licence",
        }
    ]


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (500, {"valid": True}, "HTTP_UNAVAILABLE"),
        (404, {"valid": True}, "HTTP_UNAVAILABLE"),
        (302, {"valid": True}, "HTTP_UNAVAILABLE"),
        (200, "yes", "LICENSE_ANSWER_UNCLEAR"),
        (200, {"valid": "perhaps"}, "LICENSE_ANSWER_UNCLEAR"),
        (200, {"valid": True, "surprise": 1}, "LICENSE_ANSWER_UNCLEAR"),
        (200, {"valid": True, "reason": "x" * 20_000}, "LICENSE_ANSWER_UNCLEAR"),
    ],
)
async def test_what_is_no_clear_answer_is_no_verdict(
    server: LicenseServer, status: int, answer: Any, code: str
) -> None:
    server.status, server.answer = status, answer

    assert await fault(verifier_of(server)) == code


async def test_a_server_that_is_silent_away_or_out_of_bounds_gives_no_verdict(server: LicenseServer) -> None:
    assert await fault(LicenseServerVerifier(LicenseServerSettings())) == "LICENSE_SERVER_NOT_SET"
    assert await fault(verifier_of(server, private_networks=())) == "ADDRESS_FORBIDDEN"
    assert await fault(verifier_of(server, url="http://127.0.0.1:1/verify")) == "CONNECTION_REFUSED"
    server.silent = True
    assert await fault(verifier_of(server, timeout=0.05)) == "TRANSFER_STALLED"


@pytest.mark.parametrize("settings", [{"url": "http://licences.example/"}, {"url": "ftp://x/"}, {"timeout": 0}])
def test_settings_that_are_unsafe_or_senseless_are_refused(settings: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"url|timeout|https"):
        LicenseServerPlugin(settings)


@pytest.fixture
async def shop(  # noqa: PLR0917 (one of each)
    platform: Platform, settings: Settings, server: LicenseServer, market: Market, clock: SettableClock, tmp_path: Path
) -> AsyncIterator[Shop]:
    """A platform that asks the licence server."""
    await platform.control.collection(InstallationDocument).raw.delete_many({})
    plugins = {**settings.plugins, "license-server": server.settings}
    async with open_shop(settings, market, clock, plugins=plugins) as opened:
        yield opened
        await empty_shop(opened)
    await platform.control.collection(InstallationDocument).raw.delete_many({})


@pytest.mark.hook("register_license_verifiers")
@pytest.mark.proves("LIC-02")
async def test_without_an_answer_nothing_is_installed_and_what_runs_goes_on_for_a_while(
    shop: Shop, server: LicenseServer, tenant_a: TenantDocument, clock: SettableClock
) -> None:
    id = fresh_id()
    draft = WheelDraft(
        id,
        code=CARRIER.format(id=id, key=id),
        hooks=["register_transports"],
        license_model="paid",
        license_verifier="license-server",
    )
    shop.market.offer(draft, license_verifier="license-server")
    licensing = shop.platform.marketplace.licensing

    async def refusal(call: Any) -> str:
        with pytest.raises(DomainError) as refused:
            await call
        return refused.value.code

    async def runs() -> bool:
        return id in (await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR)).plugins.transports

    # While the server is away nothing can be entered.
    server.status = 503
    assert await refusal(licensing.add(tenant_a.id, id, "ABC-123", by="x")) == "LICENSE_UNVERIFIABLE"
    server.status = 200
    assert (await licensing.add(tenant_a.id, id, "ABC-123", by="x")).state is LicenseState.VALID
    job = await shop.jobs.install(id, tenant_id=tenant_a.id, by="x")
    await shop.jobs.run(job.id)
    await (await shop.plugins_of(tenant_a.id)).enable(id)

    # Away again: what runs goes on with the last verdict, nothing new is installed.
    server.status = 503
    asked = shop.jobs.install(id, tenant_id=tenant_a.id, by="x")
    assert await refusal(asked) == "LICENSE_REQUIRED"
    clock.advance(6 * DAY)
    await licensing.verify_all(tenant_a.id)
    (held,) = await licensing.list(tenant_a.id)
    assert (held.state, held.held.unreachable) == (LicenseState.VALID, True)
    assert clock.now() - held.held.verified_at == 6 * DAY
    assert await runs()
    clock.advance(DAY)
    assert (await licensing.list(tenant_a.id))[0].state is LicenseState.UNVERIFIED
    assert not await runs()

    # Back: first it says yes, then no.
    server.status = 200
    assert (await licensing.verify(tenant_a.id, id)).state is LicenseState.VALID
    assert await runs()
    server.answer = {"valid": False, "reason": "it was not paid"}
    refused = await licensing.verify(tenant_a.id, id)
    assert (refused.state, refused.held.reason) == (LicenseState.REFUSED, "it was not paid")
    assert not await runs()
