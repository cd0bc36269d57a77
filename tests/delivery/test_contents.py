"""The fourth stage of validation: the message against the files in storage (row VAL-06)."""

from __future__ import annotations

import re

import pytest

from distro_core.assets.documents import AssetDocument
from distro_core.delivery.contents import StoredContents, find_contents
from distro_core.delivery.packaging import read_message
from distro_core.messages.preview import MessageService
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.xml import parse_message
from tests.delivery.label import Label


async def message_and_assets(label: Label) -> tuple[str, list[AssetDocument]]:
    release, target = await label.release(), await label.target()
    preview = await MessageService(label.scope).preview(release.id, target)
    found = await label.scope.store.collection(AssetDocument).get_many(release.asset_ids())
    return preview.content.decode(), [found[asset_id] for asset_id in sorted(found)]


def codes(contents: StoredContents, message: str) -> list[str]:
    return [issue.code for issue in contents.check(parse_message(message.encode()))]


@pytest.mark.proves("VAL-06")
async def test_a_true_message_about_stored_files_has_no_fault(label: Label) -> None:
    message, assets = await message_and_assets(label)

    contents = await find_contents(label.scope, assets)

    assert codes(contents, message) == []


@pytest.mark.proves("VAL-06")
async def test_a_missing_file_and_a_wrong_hash_size_or_duration_are_each_found(label: Label) -> None:
    message, assets = await message_and_assets(label)
    contents = await find_contents(label.scope, assets)
    audio = next(asset for asset in assets if asset.audio is not None)
    lost = audio.model_copy(update={"object_key": f"{label.scope.tenant_key}/assets/{new_id()}"})
    wrong_hash = message.replace(audio.hashes.md5, "0" * 32)
    wrong_size = re.sub(r"<FileSize>[^<]*</FileSize>", "<FileSize>999999</FileSize>", message, count=1)
    wrong_duration = re.sub(r"<Duration>[^<]*</Duration>", "<Duration>PT9M9S</Duration>", message)

    assert codes(await find_contents(label.scope, [lost]), message) == ["CONTENT_FILE_MISSING"]
    assert codes(contents, wrong_hash) == ["CONTENT_HASH_WRONG"]
    assert codes(contents, wrong_size) == ["CONTENT_SIZE_WRONG"]
    assert codes(contents, wrong_duration) == ["CONTENT_DURATION_WRONG", "CONTENT_DURATION_WRONG"]


@pytest.mark.proves("VAL-01")
async def test_a_delivery_does_not_leave_validating_without_a_stored_verdict(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)

    with pytest.raises(DomainError) as unwritten:
        await read_message(label.scope, made)
    delivery = await label.work(made)

    assert unwritten.value.code == "MESSAGE_MISSING"
    assert delivery.validation is not None
    assert (delivery.validation.xml_valid, delivery.validation.content_valid) == (True, True)
    left = [line for line in delivery.history if line.previous is Status.VALIDATING]
    assert [line.status for line in left] == [Status.QUEUED]
    stored = await label.releases.get(release.id)
    assert stored.validation is not None
    assert (stored.validation.status, stored.validation.message_id) == ("valid", delivery.message_id)
