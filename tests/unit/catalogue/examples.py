"""Releases, files and identifiers for tests of the catalogue and of imports."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from itertools import count

from stdnum import ean

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.drafts import ArtistDraft, ReleaseDraft, TrackDraft, read_draft
from distro_core.identity.documents import TenantDocument
from distro_core.plugins.dispatcher import Dispatcher
from distro_core.plugins.manager import HookManager
from distro_core.plugins.registry import Registries
from distro_core.plugins.tenant import EnabledPlugins, select
from distro_core.scope import Scope
from distro_core.store.documents import new_id
from distro_sdk.models.assets import (
    AssetKind,
    AudioFormat,
    AudioProperties,
    FileHashes,
    ImageFormat,
    ImageProperties,
    VideoFormat,
    VideoProperties,
)
from distro_sdk.plugin import Plugin

_numbers = count(1)


def icpn(number: int) -> str:
    """A UPC of 12 digits with its check digit."""
    digits = f"{number:011d}"
    return digits + str(ean.calc_check_digit(digits))


def isrc(number: int) -> str:
    """An ISRC that nobody uses."""
    return f"QZST126{number:05d}"[:12]


async def store_audio(
    scope: Scope,
    *,
    name: str = "take.wav",
    duration: str = "200",
    bit_rate: int = 1411,
    content: bytes | None = None,
) -> AssetDocument:
    """A recording in the tenant's storage. `duration`: seconds; `bit_rate`: kbit/s."""
    audio = AudioProperties(
        format=AudioFormat.WAV,
        codec="PCM",
        lossless=True,
        duration=Decimal(duration),
        channels=2,
        sample_rate=44100,
        bit_depth=16,
        bit_rate=bit_rate,
    )
    return await _store(scope, AssetKind.AUDIO, name, content, audio=audio)


async def store_image(
    scope: Scope, *, name: str = "cover.jpg", width: int = 3000, height: int = 3000, content: bytes | None = None
) -> AssetDocument:
    """An image in the tenant's storage. `width`, `height`: pixels."""
    image = ImageProperties(format=ImageFormat.JPEG, width=width, height=height, colour_mode="RGB")
    return await _store(scope, AssetKind.IMAGE, name, content, image=image)


async def store_video(scope: Scope, *, name: str = "film.mp4", duration: str = "200") -> AssetDocument:
    """A video in the tenant's storage. `duration`: seconds."""
    video = VideoProperties(
        format=VideoFormat.MP4,
        video_codec="H264",
        duration=Decimal(duration),
        width=1920,
        height=1080,
        frame_rate=Decimal(25),
        bit_rate=16_000,
    )
    return await _store(scope, AssetKind.VIDEO, name, None, video=video)


async def store_document(scope: Scope, *, name: str = "booklet.pdf") -> AssetDocument:
    """A document in the tenant's storage."""
    return await _store(scope, AssetKind.DOCUMENT, name, None)


async def complete_draft(scope: Scope, *, tracks: int = 1, number: int = 1) -> ReleaseDraft:
    """A draft that breaks no rule and earns no warning. `number`: tells its identifiers apart."""
    cover = await store_image(scope)
    recordings = [await store_audio(scope) for _ in range(tracks)]
    fields = {
        "title": "Low Tide",
        "display_artist": "Ann Example",
        "label": "Polar Records",
        "icpn": icpn(number),
        "catalog_number": f"POLAR-{number:03d}",
        "language": "en",
        "genre": {"name": "Pop"},
        "release_date": "2026-03-20",
        "original_release_date": "2019-08-01",
        "p_line": {"year": 2026, "company": "Polar Records"},
        "c_line": {"year": 2025, "text": "© 2025 Polar Records"},
        "territories": {"included": ["DE", "AT"], "excluded": ["US"]},
        "rights": {"start_date": "2026-03-20", "end_date": "2031-03-19", "price_code": "FULL"},
        "images": [{"asset_id": cover.id}],
        "tracks": [
            TrackDraft(
                title=f"Song {place}",
                isrc=isrc(number * 100 + place),
                audio_asset_id=recording.id,
                artists=(ArtistDraft(name="Ann Example"),),
            )
            for place, recording in enumerate(recordings, start=1)
        ],
    }
    return read_draft(ReleaseDraft, fields)


def with_plugins(scope: Scope, *plugins: Plugin) -> Scope:
    """The scope of a tenant that has switched on just these plugins."""
    manager = HookManager()
    for plugin in plugins:
        manager.admit(plugin)
    tenant = TenantDocument(id=scope.tenant_id, key=scope.tenant_key, name="Label")
    selection = select(manager, Registries(), [plugin.id for plugin in plugins])
    return replace(scope, plugins=EnabledPlugins(tenant, selection, Dispatcher(5)))


async def _store(
    scope: Scope,
    kind: AssetKind,
    name: str,
    content: bytes | None,
    *,
    audio: AudioProperties | None = None,
    image: ImageProperties | None = None,
    video: VideoProperties | None = None,
) -> AssetDocument:
    bytes_ = content if content is not None else f"file {next(_numbers)}".encode()
    asset_id = new_id()
    key = f"{scope.tenant_key}/assets/{asset_id}"
    await scope.objects.put(key, bytes_)
    hashes = FileHashes(
        md5=hashlib.md5(bytes_).hexdigest(),
        sha1=hashlib.sha1(bytes_).hexdigest(),
        sha256=hashlib.sha256(bytes_).hexdigest(),
    )
    document = AssetDocument(
        id=asset_id,
        kind=kind,
        file_name=name,
        size=len(bytes_),
        hashes=hashes,
        audio=audio,
        image=image,
        video=video,
        object_key=key,
    )
    return await scope.store.collection(AssetDocument).insert(document)
