"""Offline licences: good for one plugin, one tenant, until they expire, and for nobody who forges them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey

from distro_core.marketplace.trust import sign_artefact
from distro_core.platform import Platform, open_platform
from distro_core.settings import Settings
from distro_plugins.offline_license import OfflineLicensePlugin
from distro_plugins.offline_license.verifier import OfflineLicenseVerifier, TrustedKey
from distro_sdk.licensing import LICENSE_TYPE, LicenseVerdict, LicenseVerifier
from distro_sdk.testing.licensing import LicenseVerifierConformance
from tests.licensing.licences import CLAIMS, MOMENT, NOW, OTHER, PUBLISHER, licence, public, question

FORGED = "it is no licence that a trusted key has signed"


def verifier(*keys: OKPKey, **limits: Any) -> OfflineLicenseVerifier:
    return OfflineLicenseVerifier([TrustedKey(**public(key).model_dump(), **limits) for key in keys])


async def verdict_on(text: str, *keys: OKPKey, **changes: Any) -> LicenseVerdict:
    """What a verifier that trusts the publisher, or these keys, says."""
    return await verifier(*(keys or (PUBLISHER,))).verify(question(**changes), text)


class TestConformance(LicenseVerifierConformance):
    @pytest.fixture
    def verifier(self) -> LicenseVerifier:
        return verifier(PUBLISHER)

    @pytest.fixture
    def good_license(self) -> str:
        return licence({**CLAIMS, "plugin": "any-plugin", "sub": "any-tenant", "exp": 4_000_000_000})


async def test_a_signed_licence_is_good_for_its_plugin_and_tenant() -> None:
    verdict = await verdict_on(licence())

    assert verdict.valid
    assert verdict.features == {"split", "merge"}
    assert verdict.license_id == "L-1"
    assert verdict.expires_at == verdict.grace_until == datetime.fromtimestamp(NOW + 60, UTC)
    assert verdict.reason is None


async def test_one_licence_is_of_no_use_to_another_tenant() -> None:
    verdict = await verdict_on(licence(), tenant_id="label-b")

    assert (verdict.valid, verdict.features) == (False, frozenset())
    assert verdict.reason == "it is for another tenant"


async def test_a_licence_may_be_for_one_installation_and_all_its_tenants() -> None:
    bound = licence({**CLAIMS, "sub": None, "installation": "here"})

    assert (await verdict_on(bound, tenant_id="label-b")).valid
    assert (await verdict_on(bound, installation_id="there")).reason == "it is for another installation"


async def test_a_licence_ends_with_its_time_of_grace() -> None:
    graceful = licence({**CLAIMS, "grace": 3600})
    expiry = MOMENT + timedelta(seconds=60)

    assert (await verdict_on(graceful, now=expiry + timedelta(seconds=3599))).valid
    ended = await verdict_on(graceful, now=expiry + timedelta(seconds=3600))
    assert (ended.valid, ended.reason, ended.expires_at) == (False, "it has expired", expiry)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"plugin": "other"}, "it is for another plugin"),
        ({"plugin": ["stems", "other"]}, "what it says cannot be read"),
        ({"plugin": None}, "what it says cannot be read"),
        ({"sub": None}, "it names neither a tenant nor an installation"),
        ({"sub": ["label-a", "label-b"]}, "what it says cannot be read"),
        ({"jti": None}, "what it says cannot be read"),
        ({"exp": NOW}, "it has expired"),
        ({"exp": None}, "what it says cannot be read"),
        ({"exp": "tomorrow"}, "what it says cannot be read"),
        ({"exp": 10**18}, "what it says cannot be read"),
        ({"grace": -1}, "what it says cannot be read"),
        ({"nbf": NOW + 1}, "it does not count yet"),
        ({"features": "all"}, "what it says cannot be read"),
    ],
)
async def test_a_licence_that_says_something_else_is_refused(changes: dict[str, Any], reason: str) -> None:
    verdict = await verdict_on(licence({**CLAIMS, **changes}))

    assert (verdict.valid, verdict.reason) == (False, reason)


async def test_a_licence_that_nobody_trusted_has_signed_is_refused() -> None:
    forged = licence(key=OKPKey.import_key({**OTHER.as_dict(private=True), "kid": "publisher"}))

    assert (await verdict_on(forged)).reason == FORGED


async def test_the_algorithm_is_ours_to_choose() -> None:
    of_the_public_key = OctKey.import_key({"kty": "oct", "k": public(PUBLISHER).x, "kid": "publisher"})
    unsigned = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none", "kid": "publisher", "typ": LICENSE_TYPE}, CLAIMS)
    )

    for forged in (
        licence(key=of_the_public_key, alg="HS256"),
        licence(key=ECKey.generate_key("P-256", {"kid": "publisher"}), alg="ES256"),
        f"{unsigned}.",
    ):
        assert (await verdict_on(forged)).reason == FORGED


async def test_what_a_key_signed_for_another_purpose_is_no_licence() -> None:
    assert (await verdict_on(licence(typ="JWT"))).reason == FORGED
    assert not (await verdict_on(sign_artefact("stems", "1.0.0", "0" * 64, 1, PUBLISHER))).valid


async def test_the_header_says_which_of_several_keys_it_was() -> None:
    both = (PUBLISHER, OTHER)

    assert (await verdict_on(licence(key=PUBLISHER), *both)).valid
    assert (await verdict_on(licence(key=OTHER), *both)).valid
    assert not (await verdict_on(licence(key=PUBLISHER, kid="unknown"), *both)).valid


async def test_the_keys_of_the_publisher_count_for_its_plugins() -> None:
    untrusting = OfflineLicenseVerifier(())

    assert (await untrusting.verify(question(keys=(public(PUBLISHER),)), licence())).valid
    assert not (await untrusting.verify(question(keys=(public(OTHER),)), licence())).valid


async def test_the_operator_may_trust_a_key_for_some_plugins_only() -> None:
    assert (await verifier(PUBLISHER, plugins=["stems"]).verify(question(), licence())).valid
    assert not (await verifier(PUBLISHER, plugins=["drums"]).verify(question(), licence())).valid


async def test_a_changed_licence_is_refused() -> None:
    header, payload, signature = licence().split(".")
    claims = {**CLAIMS, "sub": "label-b"}
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")

    assert payload != changed
    assert not (await verdict_on(f"{header}.{changed}.{signature}", tenant_id="label-b")).valid


async def test_without_keys_nothing_is_accepted() -> None:
    verdict = await verifier().verify(question(), licence())

    assert verdict.reason == "there is no key that licences of this plugin are verified with"


async def test_a_licence_of_any_length_is_answered() -> None:
    assert (await verdict_on("a" * 1_000_000)).reason == "a licence has at most 8192 characters"


@given(st.text() | st.from_regex(r"[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,40}){0,4}", fullmatch=True))
async def test_no_text_whatever_is_an_error(text: str) -> None:
    assert not (await verdict_on(text)).valid


def test_a_private_key_in_the_settings_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        OfflineLicensePlugin({"keys": [PUBLISHER.as_dict(private=True)]})


@pytest.mark.hook("register_license_verifiers")
async def test_the_operators_keys_reach_the_verifier(platform: Platform, settings: Settings) -> None:
    with_key = settings.model_copy(
        update={"plugins": {"offline-license": {"keys": [public(PUBLISHER).model_dump()]}}},
    )

    async with open_platform(with_key) as running:
        registry = running.runtimes.current.registries.license_verifiers
        offline = registry.offered_by(["offline-license"])["offline"]

    far = {**CLAIMS, "exp": 4_000_000_000}
    assert (await offline.verify(question(), licence(far))).valid
