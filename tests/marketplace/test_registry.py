"""Registries: read, verified, never taken back to an earlier edition, and searched."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey

from distro_core.marketplace.registry.catalogue import Catalogue, Registries
from distro_core.marketplace.registry.format import digest_of, read_registry, write_registry
from distro_core.marketplace.registry.search import Search
from distro_core.marketplace.trust import REGISTRY_TYPE, sign_artefact, verify_artefact, verify_registry
from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel, PluginCategory, PluginSource
from distro_sdk.testing.clock import SettableClock
from tests.conftest import REPOSITORY
from tests.marketplace.market import Market, WheelDraft, new_key, public

Open = Callable[..., Registries]


def ids(catalogue: Catalogue, **search: Any) -> list[str]:
    return [offer.entry.id for offer in catalogue.index.find(Search(**search)).offers]


@pytest.mark.proves("MKT-01")
async def test_what_a_signed_registry_lists_is_offered(market: Market, registries: Open) -> None:
    market.offer(WheelDraft("night-owl"))
    market.offer(WheelDraft("barn-owl"))
    market.entry("barn-owl")["listed"] = False
    market.publish()

    catalogue = await registries(market).catalogue()

    assert dict(catalogue.faults) == {}
    assert ids(catalogue) == ["night-owl"]
    with pytest.raises(DomainError, match="no registry offers a plugin with id barn-owl") as refused:
        catalogue.offer("barn-owl")
    assert refused.value.code == "NOT_FOUND"


async def test_a_registry_that_another_key_signed_says_nothing(market: Market, registries: Open) -> None:
    market.offer(WheelDraft())
    market.publish(key=new_key("registry-2026"))

    catalogue = await registries(market).catalogue()

    assert dict(catalogue.offers) == {}
    assert catalogue.faults["owls"].startswith("REGISTRY_SIGNATURE_INVALID")


async def test_a_registry_that_was_changed_after_it_was_signed_says_nothing(market: Market, registries: Open) -> None:
    market.offer(WheelDraft())
    market.file.write_bytes(market.file.read_bytes().replace(b"Hoots.", b"Howls."))

    catalogue = await registries(market).catalogue()

    assert dict(catalogue.offers) == {}
    assert catalogue.faults["owls"].startswith("REGISTRY_SIGNATURE_INVALID")


async def test_an_expired_registry_says_nothing(market: Market, registries: Open, clock: SettableClock) -> None:
    market.offer(WheelDraft())
    reader = registries(market, lifetime=3600)
    assert ids(await reader.catalogue()) == ["night-owl"]

    clock.advance(timedelta(days=31))

    # Neither what was kept nor what is read anew counts any more.
    assert ids(await reader.catalogue()) == []
    catalogue = await registries(market).catalogue()
    assert ids(catalogue) == []
    assert catalogue.faults["owls"].startswith("REGISTRY_EXPIRED: registry owls expired on 2026-12-21")


async def test_a_registry_never_goes_back_to_an_earlier_edition(market: Market, registries: Open) -> None:
    market.offer(WheelDraft())
    earlier = market.file.read_bytes()
    market.offer(WheelDraft("barn-owl"))
    assert ids(await registries(market).catalogue()) == ["barn-owl", "night-owl"]

    market.file.write_bytes(earlier)
    # Another process, with nothing in its memory.
    catalogue = await registries(market).catalogue()

    assert dict(catalogue.offers) == {}
    assert catalogue.faults["owls"] == (
        "REGISTRY_ROLLED_BACK: registry owls offers edition 1, edition 2 was seen before"
    )


async def test_one_serial_stands_for_one_content(market: Market, registries: Open) -> None:
    market.offer(WheelDraft())
    await registries(market).catalogue()
    market.entry("night-owl")["description"] = "Howls."
    market.publish(serial=1)

    catalogue = await registries(market).catalogue()

    assert catalogue.faults["owls"].startswith("REGISTRY_ROLLED_BACK")


async def test_what_a_registry_said_last_counts_while_it_cannot_be_read(market: Market, registries: Open) -> None:
    market.offer(WheelDraft())
    reader = registries(market)
    await reader.catalogue()
    market.file.unlink()

    catalogue = await reader.catalogue()

    assert ids(catalogue) == ["night-owl"]
    assert catalogue.faults["owls"].startswith("REGISTRY_UNREACHABLE")


async def test_of_two_registries_the_first_has_the_id(tmp_path: Path, registries: Open) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    first, second = Market(tmp_path / "first", name="first"), Market(tmp_path / "second", name="second")
    first.offer(WheelDraft("night-owl", "1.0.0"))
    second.offer(WheelDraft("night-owl", "9.0.0"))
    second.offer(WheelDraft("barn-owl"))

    catalogue = await registries(first, second).catalogue()

    assert catalogue.offer("night-owl").registry.name == "first"
    assert catalogue.offer("night-owl").choose().version == "1.0.0"
    assert catalogue.offer("barn-owl").registry.name == "second"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "Expecting"),
        (b"\xff", "utf-8"),
        (b"[" * 100_000, ""),
        (b'{"signed": {}, "signed": {}, "signature": ""}', "stands twice"),
        (b'{"signed": {"serial": 1.5}, "signature": ""}', "no whole number"),
        (b'{"signed": {"serial": NaN}, "signature": ""}', "no whole number"),
        (b'{"signed": {"serial": ' + b"9" * 5000 + b'}, "signature": ""}', ""),
        (b'{"signed": {}, "signature": "", "more": 1}', "more than"),
        (b"[]", ""),
        (b" " * (33 * 1024**2), "more than 33554432 bytes"),
    ],
)
def test_a_malformed_registry_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(DomainError) as refused:
        read_registry(raw)

    assert refused.value.code == "REGISTRY_INVALID"
    assert reason in refused.value.message


def test_names_that_contradict_each_other_are_refused(market: Market) -> None:
    market.offer(WheelDraft())
    bends: list[Callable[[dict[str, Any]], object]] = [
        lambda edition: edition["plugins"].append(edition["plugins"][0]),
        lambda edition: edition["publishers"].append(edition["publishers"][0]),
        lambda edition: edition["plugins"][0]["versions"].append(edition["plugins"][0]["versions"][0]),
        lambda edition: edition["plugins"][0].update(publisher="nobody"),
    ]
    for bend in bends:
        edition = json.loads(json.dumps(market.edition))
        bend(edition)
        with pytest.raises(DomainError, match="the registry cannot be read") as refused:
            read_registry(write_registry(edition, ""))
        assert refused.value.code == "REGISTRY_INVALID"


def test_a_signature_of_another_algorithm_never_counts(market: Market) -> None:
    market.publish()
    statement = json.dumps({"sha256": digest_of(market.edition), "serial": 1}).encode()
    public_key = market.key.as_dict(private=False)
    secret = OctKey.import_key(base64.urlsafe_b64decode(str(public_key["x"]) + "="))
    elliptic = ECKey.generate_key("P-256", {"kid": "registry-2026"})
    header = {"kid": "registry-2026", "typ": REGISTRY_TYPE}
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", **header}).encode()).rstrip(b"=").decode()
    body = base64.urlsafe_b64encode(statement).rstrip(b"=").decode()
    forged = [
        # The public key as the secret of a MAC, no signature at all, another curve.
        jws.serialize_compact({"alg": "HS256", **header}, statement, secret, algorithms=["HS256"]),
        f"{unsigned}.{body}.",
        jws.serialize_compact({"alg": "ES256", **header}, statement, elliptic, algorithms=["ES256"]),
        "not.a.signature",
        "",
    ]

    for signature in forged:
        with pytest.raises(DomainError) as refused:
            verify_registry(read_registry(write_registry(market.edition, signature)), [public(market.key)])
        assert refused.value.code == "REGISTRY_SIGNATURE_INVALID"


def test_a_signature_made_for_a_plugin_is_none_of_a_registry(market: Market) -> None:
    market.publish()
    signature = sign_artefact("night-owl", "1.0.0", digest_of(market.edition), 1, market.key)

    with pytest.raises(DomainError, match="of another kind"):
        verify_registry(read_registry(write_registry(market.edition, signature)), [public(market.key)])


def test_the_registry_of_the_repository_is_well_formed() -> None:
    registry = read_registry((REPOSITORY / "plugin-registry.json").read_bytes())

    assert registry.content.version == 1


def _check(market: Market, id: str = "night-owl") -> None:
    content = read_registry(market.file.read_bytes()).content
    (plugin,) = [plugin for plugin in content.plugins if plugin.id == id]
    verify_artefact(content, content.publishers[0], id, plugin.versions[0])


def test_a_plugin_counts_when_its_publisher_signed_it(market: Market) -> None:
    market.offer(WheelDraft())

    _check(market)


@pytest.mark.parametrize("kid", ["owls-2026", "stranger"])
def test_a_plugin_that_another_key_signed_does_not_count(market: Market, kid: str) -> None:
    market.offer(WheelDraft(), key=new_key(kid))

    with pytest.raises(DomainError) as refused:
        _check(market)

    assert refused.value.code == "PLUGIN_SIGNATURE_INVALID"


def test_a_signature_of_one_version_is_none_of_another(market: Market) -> None:
    market.offer(WheelDraft())
    version = market.entry("night-owl")["versions"][0]
    market.offer(WheelDraft("barn-owl"), signature=version["signature"])

    with pytest.raises(DomainError, match="made for another plugin"):
        _check(market, "barn-owl")


def test_what_was_revoked_does_not_count(market: Market) -> None:
    market.offer(WheelDraft())
    market.edition["revoked"] = [{"kid": "owls-2026", "publisher": "owls"}]
    market.publish()
    with pytest.raises(DomainError) as refused:
        _check(market)
    assert refused.value.code == "PLUGIN_SIGNATURE_INVALID"

    market.edition["revoked"] = [{"sha256": market.entry("night-owl")["versions"][0]["sha256"], "reason": "stolen"}]
    market.publish()
    with pytest.raises(DomainError, match="was revoked: stolen") as refused:
        _check(market)
    assert refused.value.code == "PLUGIN_REVOKED"


def test_a_private_key_in_a_registry_is_refused() -> None:
    key: OKPKey = new_key("registry-2026")

    with pytest.raises(ValueError, match="Extra inputs"):
        type(public(key)).model_validate(key.as_dict(private=True))


async def test_the_newest_version_for_this_host_is_shown_and_installed(market: Market, registries: Open) -> None:
    versions: list[tuple[str, dict[str, Any]]] = [
        ("1.0.0", {}),
        ("1.10.0", {}),
        ("1.9.0", {}),
        ("1.11.0", {}),
        ("2.0.0-rc1", {}),
        ("3.0.0", {"sdk": ">=2"}),
    ]
    for version, fields in versions:
        market.offer(WheelDraft("night-owl", version), **fields)
    market.edition["yanked"] = [{"plugin": "night-owl", "version": "1.11.0"}]
    market.publish()

    offer = (await registries(market).catalogue()).offer("night-owl")

    assert offer.choose().version == "1.10.0"
    assert offer.problems == ()
    for wanted, code in (
        ("1.11.0", "PLUGIN_YANKED"),
        ("3.0.0", "PLUGIN_REQUIREMENTS_NOT_MET"),
        ("7.0.0", "PLUGIN_VERSION_UNKNOWN"),
    ):
        with pytest.raises(DomainError) as refused:
            offer.choose(wanted)
        assert refused.value.code == code


async def test_what_this_host_cannot_use_says_so_before_it_is_installed(market: Market, registries: Open) -> None:
    market.offer(WheelDraft("night-owl", sdk=">=2"))

    offer = (await registries(market).catalogue()).offer("night-owl")

    assert offer.problems == ("it needs version >=2 of the SDK, this is 0.1.0",)
    with pytest.raises(DomainError, match="Plugin Night owl requirements not met: it needs version >=2") as refused:
        offer.choose()
    assert refused.value.code == "PLUGIN_REQUIREMENTS_NOT_MET"


def _stock(market: Market) -> None:
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("atmos", "Dolby Atmos", {"category": "audio-processing", "license_model": "paid", "source": "core-team"}),
        ("credits", "Advanced Credits", {"category": "advanced-metadata", "license_model": "freemium"}),
        ("cafe", "Café Analytics", {"category": "analytics-reporting", "sdk": ">=2"}),
        ("atmos-lite", "Atmos Lite", {"category": "audio-processing"}),
    ]
    for id, name, fields in rows:
        market.offer(WheelDraft(id, **{"name": name, "description": "For labels.", **fields}))


@pytest.mark.proves("MKT-02", "PLG-17", "PLG-18")
@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({}, ["credits", "atmos-lite", "cafe", "atmos"]),
        ({"query": "atmos"}, ["atmos", "atmos-lite"]),
        ({"query": "ATMOS lite"}, ["atmos-lite"]),
        ({"query": "cafe analy"}, ["cafe"]),
        ({"query": "labels bird"}, ["credits", "atmos-lite", "cafe", "atmos"]),
        ({"query": "submarine"}, []),
        ({"category": PluginCategory.AUDIO_PROCESSING}, ["atmos-lite", "atmos"]),
        ({"license_model": LicenseModel.FREE}, ["atmos-lite", "cafe"]),
        ({"license_model": LicenseModel.PAID}, ["atmos"]),
        ({"license_model": LicenseModel.FREEMIUM}, ["credits"]),
        ({"publisher": "owls"}, ["credits", "atmos-lite", "cafe", "atmos"]),
        ({"publisher": "OWLS & co"}, ["credits", "atmos-lite", "cafe", "atmos"]),
        ({"publisher": "Eagles"}, []),
        ({"source": PluginSource.CORE_TEAM}, ["atmos"]),
        ({"compatible": True}, ["credits", "atmos-lite", "atmos"]),
        ({"compatible": False}, ["cafe"]),
        (
            {
                "query": "atmos",
                "category": PluginCategory.AUDIO_PROCESSING,
                "publisher": "owls",
                "license_model": LicenseModel.FREE,
                "source": PluginSource.THIRD_PARTY,
                "compatible": True,
            },
            ["atmos-lite"],
        ),
    ],
)
async def test_plugins_are_found_by_words_and_filters(
    market: Market, registries: Open, search: dict[str, Any], expected: list[str]
) -> None:
    _stock(market)

    assert ids(await registries(market).catalogue(), **search) == expected


async def test_results_come_in_pages(market: Market, registries: Open) -> None:
    _stock(market)
    index = (await registries(market).catalogue()).index

    first = index.find(Search(), first=3)
    rest = index.find(Search(), first=3, after=first.offers[-1].entry.id)

    assert [offer.entry.id for offer in (*first.offers, *rest.offers)] == ["credits", "atmos-lite", "cafe", "atmos"]
    assert (first.total, first.has_next, rest.has_next) == (4, True, False)
    for fields, code in (({"first": 0}, "PAGE_SIZE_INVALID"), ({"after": "nobody"}, "CURSOR_INVALID")):
        with pytest.raises(DomainError) as refused:
            index.find(Search(), **fields)
        assert refused.value.code == code
    with pytest.raises(DomainError) as refused:
        index.find(Search(query="word " * 11))
    assert refused.value.code == "QUERY_INVALID"


@pytest.mark.proves("MKT-10")
def test_a_registry_names_whom_to_ask_for_support(market: Market) -> None:
    market.offer(WheelDraft())
    for place in (market.edition["plugins"][0], market.edition["publishers"][0]):
        support = place.pop("support")
        with pytest.raises(DomainError, match="support"):
            read_registry(write_registry(market.edition, ""))
        place["support"] = support

    assert read_registry(write_registry(market.edition, "")).content.plugins[0].support == "owls@example.com"
