"""What the benchmarks of deliveries share: a platform of their own, and a target that keeps nothing.

Prints nothing when it is run by itself.
"""

from __future__ import annotations

import io
import logging
import os
import struct
import tempfile
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import ClassVar

import structlog
from PIL import Image
from pydantic import BaseModel

from distro_core.assets.service import AssetService
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import (
    ArtistDraft,
    ContributorDraft,
    GenreDraft,
    ImageDraft,
    ReleaseDraft,
    RightsLineDraft,
    TrackDraft,
)
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import TargetDraft
from distro_core.delivery.targets.service import TargetService
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import PLATFORM_DISTRIBUTION, FoundPlugin, find_plugins
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.driver import Driver
from distro_sdk.manifest import PluginManifest
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.message import MessagingParty
from distro_sdk.plugin import Plugin
from distro_sdk.transports import FileSource, Progress, RemoteFile, Transport, TransportCapabilities

on_put: list[Callable[[str], None]] = []
"""Called with the path of each file that begins to arrive."""


class _Session:
    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Take a file and remember its size alone."""
        for hear in on_put:
            hear(path)
        self._sizes[path] = source.size

    async def stat(self, path: str) -> RemoteFile | None:
        """What was taken in this session."""
        return RemoteFile(path=path, size=self._sizes[path]) if path in self._sizes else None


class NoSettings(BaseModel):
    """Nothing can be set."""


class NowhereTransport:
    """Takes everything and keeps nothing."""

    key: str = "nowhere"
    title: str = "Nowhere"
    configuration: type[BaseModel] = NoSettings
    capabilities: TransportCapabilities = TransportCapabilities(atomic_put=True)

    @asynccontextmanager
    async def connect(self, configuration: BaseModel) -> AsyncIterator[_Session]:
        """Connect to nothing."""
        yield _Session()


class NowherePlugin(Plugin):
    """Adds the transport `nowhere`."""

    id: ClassVar[str] = "nowhere"

    def register_transports(self) -> Sequence[Transport]:
        """Return the transport."""
        return (NowhereTransport(),)  # type: ignore[return-value] # reading back is not declared


_NOWHERE = FoundPlugin(
    id=NowherePlugin.id,
    distribution=PLATFORM_DISTRIBUTION,
    built_in=True,
    import_class=lambda: NowherePlugin,
    manifest=PluginManifest(
        id=NowherePlugin.id,
        name="Nowhere",
        version="0.1.0",
        publisher="Stardust Distro contributors",
        support="The issues of the platform's repository",
        description="Takes everything and keeps nothing.",
        sdk=">=0.1",
        hooks=("register_transports",),
    ),
)


@asynccontextmanager
async def label_at_work() -> AsyncIterator[tuple[Platform, Scope]]:
    """A platform with private servers and one tenant."""
    for name in [name for name in os.environ if name.startswith("DISTRO_")]:
        with suppress(KeyError):
            del os.environ[name]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="stardust-distro-bench-") as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), log_level="ERROR", mongo_driver=Driver.PYMONGO)
        async with open_platform(settings, find=lambda: (*find_plugins(), _NOWHERE)) as platform:
            tenants = platform.control.collection(TenantDocument)
            tenant = await tenants.insert(TenantDocument(key=f"t{new_id()}", name="Label"))
            await platform.create_tenant_database(tenant)
            yield platform, await platform.scope(tenant.id, SYSTEM_ACTOR)


async def make_target(scope: Scope) -> TargetDocument:
    """A target that takes everything, as much of it at once as comes."""
    made = await TargetService(scope).create(
        TargetDraft(
            name="Nowhere",
            platform="conformance-receiver",
            transport=NowhereTransport.key,
            sender=MessagingParty(dpid="PADPIDA2014120301A", name="Northern Lights"),
            recipient=MessagingParty(dpid="PADPIDA2013071501L", name="Example DSP"),
            acknowledges=False,
        )
    )
    # A platform has a rate limit, which is not what is measured here.
    return await scope.store.collection(TargetDocument).update(made.id, Change(set={"platform": None}))


async def make_release(scope: Scope) -> ReleaseDocument:
    """A single that is ready."""
    assets = AssetService(scope)
    audio = await assets.receive(AssetKind.AUDIO, "take.wav", _blocks(_tone()))
    cover = await assets.receive(AssetKind.IMAGE, "cover.jpg", _blocks(_cover()))
    rights = RightsLineDraft(year=2026, company="Northern Lights")
    track = TrackDraft(
        title="Night Drive",
        isrc="DEA122600101",
        audio_asset_id=audio.id,
        contributors=(ContributorDraft(name="Ada Writer", roles=("Composer",)),),
        p_line=rights,
        language="en",
        genre=GenreDraft(name="Pop"),
    )
    draft = ReleaseDraft(
        title="Night Drive",
        artists=(ArtistDraft(name="The Example"),),
        display_artist="The Example",
        label="Northern Lights",
        icpn="4006381333931",
        language="en",
        genre=GenreDraft(name="Pop"),
        parental_warning="NotExplicit",
        release_date="2026-01-01",
        p_line=rights,
        c_line=rights,
        images=(ImageDraft(asset_id=cover.id),),
        tracks=(track,),
    )
    releases = ReleaseService(scope)
    made = await releases.create(draft)
    return await releases.set_status(made.id, ReleaseStatus.READY)


async def _blocks(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _tone() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(b"".join(struct.pack("<hh", at % 4000, at % 4000) for at in range(44_100)))
    return written.getvalue()


def _cover() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (3000, 3000), (90, 60, 120)).save(written, "JPEG", quality=80)
    return written.getvalue()
