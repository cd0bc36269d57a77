"""Assets of two tenants: taken in, listed, read, deleted, and never seen across the border."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from distro_core.assets.description import describe_file
from distro_core.assets.documents import AssetDocument
from distro_core.assets.service import AssetService
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.identity.documents import TenantDocument
from distro_core.plugins.discovery import FoundPlugin
from distro_core.plugins.runtime import build_runtime
from distro_core.scope import Scope
from distro_core.settings import Settings
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.manifest import PluginManifest
from distro_sdk.models.assets import Asset, AssetKind
from distro_sdk.models.catalogue import ImageType, Release, ReleaseImage, Track
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.transports import HASHED_PART_SIZE
from tests.unit.assets.corpus import cut, mp3, pdf, picture, sound

AUDIO, IMAGE, DOCUMENT = AssetKind.AUDIO, AssetKind.IMAGE, AssetKind.DOCUMENT


@pytest.mark.proves("AST-04", "AST-07", "AST-08")
async def test_a_file_is_stored_with_its_description_under_a_key_of_its_tenant(label_a: Scope, tmp_path: Path) -> None:
    content = sound("FLAC", "PCM_24", rate=96000)
    (tmp_path / "x.flac").write_bytes(content)

    asset = await AssetService(label_a).receive(AUDIO, "../../x.flac", _blocks(content))

    described = describe_file(tmp_path / "x.flac", id=asset.id)
    assert asset.asset() == described.model_copy(update={"uploaded_at": asset.uploaded_at})
    assert asset.uploaded_at is not None
    assert asset.object_key == f"{label_a.tenant_key}/assets/{asset.id}"
    assert asset.created_by == label_a.actor
    assert await AssetService(label_a).get(asset.id) == asset
    assert await _read(label_a, asset.id) == content


@pytest.mark.proves("AST-07")
async def test_each_part_of_a_large_file_is_hashed_while_it_arrives(label_a: Scope) -> None:
    small = sound("WAV", "PCM_16")
    large = sound("WAV", "PCM_24", rate=96000, seconds=20)
    parts = [large[start : start + HASHED_PART_SIZE] for start in range(0, len(large), HASHED_PART_SIZE)]
    service = AssetService(label_a)

    in_parts = await service.receive(AUDIO, "large.wav", _blocks(large))
    in_one = await service.receive(AUDIO, "small.wav", _blocks(small))

    assert len(parts) == 2
    hashes = "".join(hashlib.md5(part, usedforsecurity=False).hexdigest() for part in parts)
    assert (await service.get(in_parts.id)).part_md5s == hashes
    assert (await service.get(in_one.id)).part_md5s == ""


async def test_an_event_waits_beside_a_stored_asset(label_a: Scope) -> None:
    asset = await AssetService(label_a).receive(DOCUMENT, "booklet.pdf", _blocks(pdf()))

    raw = await label_a.store.collection(AssetDocument).raw.find_one({"_id": asset.id})

    assert raw is not None
    assert [(event["type"], event["asset_id"], event["tenant_id"]) for event in raw["outbox"]] == [
        ("asset.stored", asset.id, label_a.tenant_id)
    ]


@pytest.mark.proves("AST-10")
@pytest.mark.parametrize(
    ("kind", "name", "make", "code"),
    [
        (AUDIO, "a.wav", mp3, "CONTENT_MISMATCH"),
        (AUDIO, "a.wav", cut(sound), "FILE_TRUNCATED"),
        (IMAGE, "a.jpg", sound, "KIND_MISMATCH"),
        (AUDIO, "a.wav", lambda: b"", "FILE_EMPTY"),
    ],
)
async def test_a_refused_file_leaves_nothing_behind(
    label_a: Scope, kind: AssetKind, name: str, make: Callable[[], bytes], code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        await AssetService(label_a).receive(kind, name, _blocks(make()))

    assert refusal.value.code == code
    await _assert_nothing_is_stored(label_a)


@pytest.mark.proves("AST-09")
async def test_each_kind_has_its_limit_exact_to_the_byte(label_a: Scope) -> None:
    cover, song, booklet = picture(), sound(), pdf()
    limits = {"max_image_bytes": len(cover), "max_audio_bytes": len(song), "max_document_bytes": len(booklet)}
    exact = AssetService(replace(label_a, settings=_settings(label_a, limits)))
    short = AssetService(replace(label_a, settings=_settings(label_a, {name: n - 1 for name, n in limits.items()})))

    for kind, name, content in ((IMAGE, "a.jpg", cover), (AUDIO, "a.wav", song), (DOCUMENT, "a.pdf", booklet)):
        assert (await exact.receive(kind, name, _blocks(content))).size == len(content)
        with pytest.raises(DomainError) as refusal:
            await short.receive(kind, name, _blocks(content))
        assert refusal.value.code == "FILE_TOO_LARGE"

    assert Settings(_env_file=None).max_image_bytes == 10 * 1024**2
    assert Settings(_env_file=None).max_audio_bytes == 500 * 1024**2


@pytest.mark.proves("AST-04")
async def test_another_tenant_finds_no_asset_by_any_operation(label_a: Scope, label_b: Scope) -> None:
    asset = await AssetService(label_a).receive(IMAGE, "cover.png", _blocks(picture("PNG")))
    stranger = AssetService(label_b)

    operations: list[Callable[[], Awaitable[Any]]] = [
        lambda: stranger.get(asset.id),
        lambda: stranger.delete(asset.id),
        lambda: _read(label_b, asset.id),
    ]
    for operation in operations:
        with pytest.raises(DomainError) as refusal:
            await operation()
        assert refusal.value.code == "NOT_FOUND"

    assert (await stranger.page()).documents == []
    assert await stranger.duplicates(asset) == []
    assert await _read(label_a, asset.id) == picture("PNG")


async def test_a_page_shows_the_newest_first_and_one_kind_if_asked(label_a: Scope) -> None:
    service = AssetService(label_a)
    first = await service.receive(IMAGE, "1.jpg", _blocks(picture()))
    second = await service.receive(AUDIO, "2.wav", _blocks(sound()))
    third = await service.receive(IMAGE, "3.png", _blocks(picture("PNG")))

    page = await service.page(first=2)
    rest = await service.page(first=2, after=page.cursors[-1])
    images = await service.page(kind=IMAGE)

    assert [asset.id for asset in page.documents] == [third.id, second.id]
    assert page.has_next
    assert [asset.id for asset in rest.documents] == [first.id]
    assert not rest.has_next
    assert [asset.id for asset in images.documents] == [third.id, first.id]


async def test_the_same_bytes_are_reported_within_a_tenant_alone(label_a: Scope, label_b: Scope) -> None:
    first = await AssetService(label_a).receive(IMAGE, "first.jpg", _blocks(picture()))
    await AssetService(label_b).receive(IMAGE, "elsewhere.jpg", _blocks(picture()))
    other = await AssetService(label_a).receive(IMAGE, "other.png", _blocks(picture("PNG")))

    again = await AssetService(label_a).receive(IMAGE, "again.jpg", _blocks(picture()))

    assert again.id != first.id
    assert [asset.id for asset in await AssetService(label_a).duplicates(again)] == [first.id]
    assert await AssetService(label_a).duplicates(other) == []


async def test_a_deleted_asset_is_gone_with_its_bytes(label_a: Scope) -> None:
    asset = await AssetService(label_a).receive(AUDIO, "a.wav", _blocks(sound()))

    await AssetService(label_a).delete(asset.id)

    with pytest.raises(DomainError) as refusal:
        await AssetService(label_a).get(asset.id)
    assert refusal.value.code == "NOT_FOUND"
    await _assert_nothing_is_stored(label_a)


@pytest.mark.parametrize("use", ["track", "image", "document"])
async def test_an_asset_that_a_release_uses_is_not_deleted(label_a: Scope, use: str) -> None:
    asset = await AssetService(label_a).receive(DOCUMENT, "a.pdf", _blocks(pdf()))
    releases = label_a.store.collection(ReleaseDocument)
    release = await releases.insert(_release_that_uses(asset.id, use))

    with pytest.raises(DomainError) as refusal:
        await AssetService(label_a).delete(asset.id)

    assert refusal.value.code == "ASSET_IN_USE"
    assert release.id in refusal.value.message
    assert await _read(label_a, asset.id) == pdf()

    await releases.delete(release.id)
    await AssetService(label_a).delete(asset.id)
    await _assert_nothing_is_stored(label_a)


async def test_bytes_that_storage_lost_are_said_to_be_missing(label_a: Scope) -> None:
    asset = await AssetService(label_a).receive(AUDIO, "a.wav", _blocks(sound()))
    await label_a.objects.delete(asset.object_key)

    with pytest.raises(DomainError) as refusal:
        await _read(label_a, asset.id)

    assert refusal.value.code == "OBJECT_MISSING"


class Gatekeeper(Plugin):
    """Refuses mono files, and notes what it is told."""

    id = "gatekeeper"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.asked: list[Asset] = []
        self.read: list[bytes] = []
        self.told: list[Asset] = []

    async def before_asset_process(self, context: PluginContext, asset: Asset) -> None:
        self.asked.append(asset)
        assert context.file is not None
        self.read.append(context.file.read_bytes())
        if asset.audio is not None and asset.audio.channels == 1:
            raise DomainError("MONO_REFUSED", "this label releases in stereo", ("file",))

    async def after_asset_process(self, context: PluginContext, asset: Asset) -> None:
        self.told.append(asset)


async def test_a_plugin_sees_a_checked_file_and_may_refuse_it(label_a: Scope, tenant_a: TenantDocument) -> None:
    scope, gatekeeper = await _with_gatekeeper(label_a, tenant_a)
    service = AssetService(scope)

    stored = await service.receive(AUDIO, "stereo.wav", _blocks(sound()))
    with pytest.raises(DomainError) as refusal:
        await service.receive(AUDIO, "mono.wav", _blocks(sound(channels=1)))
    with pytest.raises(DomainError):
        await service.receive(AUDIO, "broken.wav", _blocks(cut(sound)()))

    assert refusal.value.code == "MONO_REFUSED"
    assert [asset.file_name for asset in gatekeeper.asked] == ["stereo.wav", "mono.wav"]
    assert gatekeeper.read == [sound(), sound(channels=1)]
    assert gatekeeper.told == [stored.asset()]
    assert [asset.id for asset in (await service.page()).documents] == [stored.id]
    assert await _object_keys(label_a) == [stored.object_key]


async def _with_gatekeeper(scope: Scope, tenant: TenantDocument) -> tuple[Scope, Gatekeeper]:
    manifest = PluginManifest.model_validate(
        {
            "id": Gatekeeper.id,
            "name": "Gatekeeper",
            "version": "1.0.0",
            "publisher": "A stranger",
            "support": "help@stranger.example",
            "description": "Refuses mono files.",
            "sdk": ">=0.1",
            "hooks": ["after_asset_process", "before_asset_process"],
        }
    )
    found = FoundPlugin(Gatekeeper.id, "a-stranger", False, lambda: Gatekeeper, manifest)
    runtime = await build_runtime([Gatekeeper.id], find=lambda: [found])
    enabled = tenant.model_copy(update={"enabled_plugins": (Gatekeeper.id,)})
    plugin = runtime.loaded[Gatekeeper.id].plugin
    assert isinstance(plugin, Gatekeeper)
    return replace(scope, plugins=runtime.for_tenant(enabled)), plugin


async def _blocks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]


async def _read(scope: Scope, asset_id: str) -> bytes:
    return b"".join([block async for block in AssetService(scope).read(asset_id)])


async def _assert_nothing_is_stored(scope: Scope) -> None:
    assert await scope.store.collection(AssetDocument).count({}) == 0
    assert await _object_keys(scope) == []


async def _object_keys(scope: Scope) -> list[str]:
    root = scope.settings.data_path / "objects"
    assert list((root / ".writing").iterdir()) == []
    return [str(path.relative_to(root)) for path in (root / scope.tenant_key).rglob("*") if path.is_file()]


def _settings(scope: Scope, limits: dict[str, int]) -> Settings:
    return scope.settings.model_copy(update=limits)


def _release_that_uses(asset_id: str, use: str) -> ReleaseDocument:
    release = Release(id=new_id(), title="Low Tide")
    track = Track(id=new_id(), title="Ebb", display_artist="Ada Reyes", audio_asset_id=asset_id)
    changes: dict[str, dict[str, Any]] = {
        "track": {"tracks": (track,)},
        "image": {"images": (ReleaseImage(asset_id=asset_id, type=ImageType.FRONT_COVER),)},
        "document": {"document_asset_ids": (asset_id,)},
    }
    release = release.model_copy(update=changes[use])
    return ReleaseDocument.model_validate({**release.model_dump(), "named_assets": tuple(release.asset_ids())})
