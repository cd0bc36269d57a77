"""Secrets are sealed for one tenant and one purpose, and stand nowhere in the clear."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import bson
import pytest
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from hypothesis import given
from hypothesis import strategies as st

from distro_core.embedded import ServiceUrls
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.secrets.documents import TenantKeysDocument
from distro_core.secrets.envelope import EnvelopeSealer
from distro_core.secrets.keys import KeyFile
from distro_core.secrets.port import SealedSecret
from distro_core.secrets.providers import KeyProviders
from distro_core.store.collection import Collection
from distro_core.store.driver import Driver, close_client, open_client
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.keys import KeyOwner, WrappedKey

PURPOSE = "target:5f0c:password"
WITH_UUIDS: CodecOptions[dict[str, Any]] = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
SECRET = "correct horse battery staple"


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    """A key file that does not exist yet."""
    return KeyFile(tmp_path / "keys" / "wrapping.json")


@pytest.fixture
def sealer(platform: Platform, key_file: KeyFile) -> EnvelopeSealer:
    """A sealer that has cached nothing."""
    return EnvelopeSealer(platform.control, KeyProviders(key_file))


@pytest.fixture
async def forgetful(services: ServiceUrls, key_file: KeyFile) -> AsyncIterator[EnvelopeSealer]:
    """The sealer of another process with the same key file."""
    client = open_client(services.mongo_url, Driver.PYMONGO)
    yield EnvelopeSealer(ControlStore(client), KeyProviders(key_file))
    await close_client(client)


@pytest.fixture
def keys(platform: Platform) -> Collection[TenantKeysDocument]:
    """Where the tenants' keys are stored."""
    return platform.control.collection(TenantKeysDocument)


@pytest.mark.proves("SEC-06")
async def test_a_sealed_secret_opens_again_in_every_process(
    sealer: EnvelopeSealer, forgetful: EnvelopeSealer, tenant_a: TenantDocument
) -> None:
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)

    assert await sealer.open(tenant_a.id, PURPOSE, sealed) == SECRET
    assert await forgetful.open(tenant_a.id, PURPOSE, sealed) == SECRET
    assert SECRET not in sealed.model_dump_json()


async def test_sealing_twice_gives_different_texts(sealer: EnvelopeSealer, tenant_a: TenantDocument) -> None:
    first, second = [await sealer.seal(tenant_a.id, PURPOSE, SECRET) for _ in range(2)]

    assert first.key_id == second.key_id
    assert first.nonce != second.nonce
    assert first.ciphertext != second.ciphertext


async def test_every_tenant_has_a_data_key_of_its_own(
    sealer: EnvelopeSealer, platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    sealed_a, sealed_b = [await sealer.seal(tenant.id, PURPOSE, SECRET) for tenant in (tenant_a, tenant_b)]

    assert sealed_a.key_id != sealed_b.key_id
    stored = await platform.control.collection(TenantKeysDocument).get(tenant_a.id)
    assert list(stored.keys) == [sealed_a.key_id]


async def test_processes_that_race_for_the_first_key_agree(
    sealer: EnvelopeSealer, forgetful: EnvelopeSealer, tenant_a: TenantDocument
) -> None:
    sealed = await asyncio.gather(*(side.seal(tenant_a.id, PURPOSE, SECRET) for side in (sealer, forgetful) * 5))

    assert len({secret.key_id for secret in sealed}) == 1
    assert {await forgetful.open(tenant_a.id, PURPOSE, secret) for secret in sealed} == {SECRET}


async def test_another_tenant_cannot_open_a_secret(
    sealer: EnvelopeSealer, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)
    await sealer.seal(tenant_b.id, PURPOSE, SECRET)

    await _refused(sealer, tenant_b.id, PURPOSE, sealed)


async def test_a_key_moved_to_another_tenant_opens_nothing(
    sealer: EnvelopeSealer,
    forgetful: EnvelopeSealer,
    platform: Platform,
    tenant_a: TenantDocument,
    tenant_b: TenantDocument,
) -> None:
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)
    keys = platform.control.collection(TenantKeysDocument)
    stolen = await keys.get(tenant_a.id)

    await keys.insert(stolen.model_copy(update={"id": tenant_b.id}))

    await _refused(forgetful, tenant_b.id, PURPOSE, sealed)


async def test_a_secret_opens_for_its_purpose_only(sealer: EnvelopeSealer, tenant_a: TenantDocument) -> None:
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)

    await _refused(sealer, tenant_a.id, "target:5f0c:passphrase", sealed)


@pytest.mark.parametrize("field", ["nonce", "ciphertext"])
async def test_a_changed_secret_does_not_open(sealer: EnvelopeSealer, tenant_a: TenantDocument, field: str) -> None:
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)
    content = bytearray(base64.b64decode(getattr(sealed, field)))
    content[0] ^= 1

    for changed in (base64.b64encode(content).decode(), "", "not base64", "ü"):
        await _refused(sealer, tenant_a.id, PURPOSE, sealed.model_copy(update={field: changed}))


async def test_an_unknown_key_opens_nothing(sealer: EnvelopeSealer, tenant_a: TenantDocument) -> None:
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)

    await _refused(sealer, tenant_a.id, PURPOSE, sealed.model_copy(update={"key_id": "another"}))


async def test_without_its_key_file_nothing_opens(
    sealer: EnvelopeSealer, platform: Platform, tenant_a: TenantDocument, tmp_path: Path
) -> None:
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)
    elsewhere = EnvelopeSealer(platform.control, KeyProviders(KeyFile(tmp_path / "other.json")))

    await _refused(elsewhere, tenant_a.id, PURPOSE, sealed)


@pytest.mark.proves("SEC-06")
async def test_a_new_data_key_seals_and_the_old_one_still_opens(
    sealer: EnvelopeSealer, forgetful: EnvelopeSealer, tenant_a: TenantDocument
) -> None:
    old = await sealer.seal(tenant_a.id, PURPOSE, SECRET)

    new_key = await sealer.rotate(tenant_a.id)
    new = await forgetful.seal(tenant_a.id, PURPOSE, "a newer secret")

    assert new.key_id == new_key != old.key_id
    assert await forgetful.open(tenant_a.id, PURPOSE, old) == SECRET
    assert await sealer.open(tenant_a.id, PURPOSE, new) == "a newer secret"


async def test_a_tenant_without_keys_gets_its_first_by_rotating(
    sealer: EnvelopeSealer, tenant_a: TenantDocument
) -> None:
    key = await sealer.rotate(tenant_a.id)

    assert (await sealer.seal(tenant_a.id, PURPOSE, SECRET)).key_id == key


@pytest.mark.proves("SEC-06")
async def test_a_new_wrapping_key_wraps_and_the_old_one_may_go_after_rewrapping(
    sealer: EnvelopeSealer,
    forgetful: EnvelopeSealer,
    keys: Collection[TenantKeysDocument],
    key_file: KeyFile,
    tenant_a: TenantDocument,
) -> None:
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)
    before = await keys.get(tenant_a.id)

    wrapping_key = key_file.rotate()
    opened_after_rotation = await sealer.open(tenant_a.id, PURPOSE, sealed)
    await sealer.rewrap(tenant_a.id)
    _forget_all_but(key_file, wrapping_key)
    after = await keys.get(tenant_a.id)

    assert opened_after_rotation == SECRET
    assert {key.wrapping_key_id for key in before.keys.values()} != {wrapping_key}
    assert {key.wrapping_key_id for key in after.keys.values()} == {wrapping_key}
    assert await forgetful.open(tenant_a.id, PURPOSE, sealed) == SECRET


@pytest.mark.proves("SEC-06", "TGT-09")
async def test_nothing_readable_stands_in_the_databases(
    platform: Platform, services: ServiceUrls, key_file: KeyFile, tenant_a: TenantDocument
) -> None:
    sealer = EnvelopeSealer(platform.control, KeyProviders(key_file))
    sealed = await sealer.seal(tenant_a.id, PURPOSE, SECRET)
    store = platform.control.tenant(tenant_a.id, tenant_a.key)
    await store.database["targets"].insert_one({"_id": "t", "sealed": {"password": sealed.model_dump()}})
    document = await platform.control.collection(TenantKeysDocument).get(tenant_a.id)
    owner = KeyOwner(tenant_a.id, document.current)
    data_key = await key_file.unwrap(document.keys[document.current], owner)
    wrapping_keys = json.loads(key_file.path.read_text())["keys"].values()

    dump = await _dump(services.mongo_url)

    assert sealed.ciphertext.encode() in dump
    hidden = [SECRET.encode(), data_key, *(base64.b64decode(key) for key in wrapping_keys)]
    for secret in hidden:
        for written in (secret, base64.b64encode(secret), base64.urlsafe_b64encode(secret), secret.hex().encode()):
            assert written not in dump


async def test_the_key_file_is_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "wrapping.json"

    wrapped = await asyncio.gather(
        *(asyncio.to_thread(asyncio.run, KeyFile(file).wrap(b"k" * 32, KeyOwner("t", "k"))) for _ in range(8))
    )

    assert len({key.wrapping_key_id for key in wrapped}) == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert list(file.parent.iterdir()) == [file]


@given(
    key=st.binary(min_size=32, max_size=32),
    owner=st.builds(KeyOwner, st.text(max_size=30), st.text(max_size=30)),
    other=st.builds(KeyOwner, st.text(max_size=30), st.text(max_size=30)),
)
async def test_a_wrapped_key_opens_for_its_owner_only(
    tmp_path_factory: pytest.TempPathFactory, key: bytes, owner: KeyOwner, other: KeyOwner
) -> None:
    provider = KeyFile(tmp_path_factory.getbasetemp() / "shared-keys" / "wrapping.json")
    wrapped: WrappedKey = await provider.wrap(key, owner)

    assert await provider.unwrap(wrapped, owner) == key
    if "\0".join(other) != "\0".join(owner):
        with pytest.raises(DomainError) as refused:
            await provider.unwrap(wrapped, other)
        assert refused.value.code == "SECRET_UNREADABLE"


async def _refused(sealer: EnvelopeSealer, tenant_id: str, purpose: str, sealed: SealedSecret) -> None:
    with pytest.raises(DomainError) as refused:
        await sealer.open(tenant_id, purpose, sealed)
    assert refused.value.code == "SECRET_UNREADABLE"
    assert SECRET not in str(refused.value)


def _forget_all_but(key_file: KeyFile, key_id: str) -> None:
    content = json.loads(key_file.path.read_text())
    key_file.path.write_text(json.dumps({"current": key_id, "keys": {key_id: content["keys"][key_id]}}))


async def _dump(mongo_url: str) -> bytes:
    """Every document of every database, the oplog included, as MongoDB holds it."""
    client = open_client(mongo_url, Driver.PYMONGO)
    content = bytearray()
    for name in await client.list_database_names():
        database = client[name]
        for collection in await database.list_collection_names():
            documents = await database[collection].find({}).to_list(length=None)
            content += b"".join(bson.encode(document, codec_options=WITH_UUIDS) for document in documents)
    await close_client(client)
    return bytes(content)
