"""Offline licences: good for one plugin, one tenant, until they expire, and for nobody who forges them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey

from distro_core.platform import Platform, open_platform
from distro_core.settings import Settings
from distro_plugins.offline_license import OfflineLicensePlugin
from distro_plugins.offline_license.verifier import OfflineLicenseVerifier, TrustedKey

NOW = 1_800_000_000
KEY = OKPKey.generate_key("Ed25519", {"kid": "publisher"})
OTHER_KEY = OKPKey.generate_key("Ed25519", {"kid": "other"})
CLAIMS = {"sub": "label-a", "plugin": "stems", "exp": NOW + 60, "features": ["split", "merge"]}


def trusted(key: OKPKey) -> dict[str, str]:
    public = key.as_dict(private=False)
    return {"kid": str(public["kid"]), "x": str(public["x"])}


def verifier(*keys: OKPKey) -> OfflineLicenseVerifier:
    return OfflineLicenseVerifier([TrustedKey(**trusted(key)) for key in keys], now=lambda: NOW)


def licence(claims: dict[str, Any] | None = None, key: Any = KEY, **header: str) -> str:
    algorithm = header.get("alg", "Ed25519")
    written = {"alg": algorithm, "kid": str(key.kid), **header}
    return jwt.encode(written, dict(CLAIMS if claims is None else claims), key, algorithms=[algorithm])


async def test_a_signed_licence_is_good_for_its_plugin_and_tenant() -> None:
    verdict = await verifier(KEY).verify("stems", "label-a", licence())

    assert verdict.valid
    assert verdict.features == {"split", "merge"}
    assert verdict.expires_at == datetime.fromtimestamp(NOW + 60, UTC)
    assert verdict.reason is None


async def test_one_licence_is_of_no_use_to_another_tenant() -> None:
    verdict = await verifier(KEY).verify("stems", "label-b", licence())

    assert (verdict.valid, verdict.features) == (False, frozenset())
    assert "sub" in str(verdict.reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"plugin": "other"}, "not good for this plugin, tenant and time"),
        ({"plugin": ["stems", "other"]}, "does not say which plugin"),
        ({"plugin": None}, "does not say which plugin"),
        ({"sub": None}, "not good for this plugin, tenant and time"),
        ({"sub": ["label-a", "label-b"]}, "not good for this plugin, tenant and time"),
        ({"exp": NOW}, "it has expired"),
        ({"exp": None}, "not good for this plugin, tenant and time"),
        ({"exp": "tomorrow"}, "not good for this plugin, tenant and time"),
        ({"exp": 10**18}, "cannot be read"),
        ({"nbf": NOW + 1}, "not good for this plugin, tenant and time"),
        ({"features": "all"}, "cannot be read"),
    ],
)
async def test_a_licence_that_says_something_else_is_refused(changes: dict[str, Any], reason: str) -> None:
    verdict = await verifier(KEY).verify("stems", "label-a", licence({**CLAIMS, **changes}))

    assert not verdict.valid
    assert reason in str(verdict.reason)


async def test_a_licence_that_nobody_trusted_has_signed_is_refused() -> None:
    forged = licence(key=OKPKey.import_key({**OTHER_KEY.as_dict(private=True), "kid": "publisher"}))

    verdict = await verifier(KEY).verify("stems", "label-a", forged)

    assert verdict.reason == "it is no licence that one of the trusted keys has signed"


async def test_the_algorithm_is_ours_to_choose() -> None:
    public = KEY.as_dict(private=False)["x"]
    by_the_public_key = OctKey.import_key({"kty": "oct", "k": str(public), "kid": "publisher"})
    unsigned = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none", "kid": "publisher"}, CLAIMS)
    )

    for forged in (
        licence(key=by_the_public_key, alg="HS256"),
        licence(key=ECKey.generate_key("P-256", {"kid": "publisher"}), alg="ES256"),
        f"{unsigned}.",
    ):
        assert not (await verifier(KEY).verify("stems", "label-a", forged)).valid


async def test_the_header_says_which_of_several_keys_it_was() -> None:
    both = verifier(KEY, OTHER_KEY)

    assert (await both.verify("stems", "label-a", licence(key=KEY))).valid
    assert (await both.verify("stems", "label-a", licence(key=OTHER_KEY))).valid
    assert not (await both.verify("stems", "label-a", licence(key=KEY, kid="unknown"))).valid


async def test_a_changed_licence_is_refused() -> None:
    header, payload, signature = licence().split(".")
    claims = {**CLAIMS, "sub": "label-b"}
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")

    assert payload != changed
    assert not (await verifier(KEY).verify("stems", "label-b", f"{header}.{changed}.{signature}")).valid


async def test_without_keys_nothing_is_accepted() -> None:
    verdict = await verifier().verify("stems", "label-a", licence())

    assert verdict.reason == "the operator has set no key that licences are verified with"


async def test_a_licence_of_any_length_is_answered() -> None:
    verdict = await verifier(KEY).verify("stems", "label-a", "a" * 1_000_000)

    assert verdict.reason == "a licence has at most 8192 characters"


@given(st.text() | st.from_regex(r"[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,40}){0,4}", fullmatch=True))
async def test_no_text_whatever_is_an_error(text: str) -> None:
    assert not (await verifier(KEY).verify("stems", "label-a", text)).valid


def test_a_private_key_in_the_settings_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        OfflineLicensePlugin({"keys": [KEY.as_dict(private=True)]})


@pytest.mark.hook("register_license_verifiers")
async def test_the_operators_keys_reach_the_verifier(platform: Platform, settings: Settings) -> None:
    with_key = settings.model_copy(update={"plugins": {"offline-license": {"keys": [trusted(KEY)]}}})

    async with open_platform(with_key) as running:
        registry = running.runtimes.current.registries.license_verifiers
        offline = registry.offered_by(["offline-license"])["offline"]

    far = {**CLAIMS, "exp": 4_000_000_000}
    assert (await offline.verify("stems", "label-a", licence(far))).valid
