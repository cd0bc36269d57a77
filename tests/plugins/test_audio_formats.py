"""Audio formats of plugins: files that only tenants with the plugin may bring, and that stay when it goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from distro_core.assets.service import AssetService
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset, AssetKind, AudioFormat, AudioProperties
from distro_sdk.plugin import Plugin
from distro_sdk.testing.audio_formats import AudioFile, AudioFormatConformance
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed
from tests.unit.assets.corpus import sound

PHONOGRAPH = b"EDISON" + bytes(range(100))


class Cylinder:
    """Wax cylinders: six letters, and a groove."""

    key = "Cylinder"
    title = "wax cylinder"
    extensions = frozenset({"wax"})
    immersive = False

    def recognises(self, path: Path, file_name: str) -> bool:
        return path.read_bytes().startswith(b"EDISON")

    def read(self, path: Path, file_name: str) -> AudioProperties:
        size = path.stat().st_size
        if size == 7:
            raise ZeroDivisionError("no groove to divide by")
        if size != len(PHONOGRAPH):
            raise DomainError("CYLINDER_BROKEN", "a piece of the cylinder is missing", ("file",))
        return AudioProperties(
            format=AudioFormat.WAV, codec="WAX", lossless=True, duration=Decimal(120), channels=1, sample_rate=8000
        )


class Phonograph(Plugin):
    """Reads wax cylinders."""

    id: ClassVar[str] = "phonograph"

    def register_audio_formats(self) -> Sequence[RegisteredAudioFormat]:
        return (Cylinder(),)


class TestCylinder(AudioFormatConformance):
    @pytest.fixture
    def audio_format(self) -> RegisteredAudioFormat:
        return Cylinder()

    @pytest.fixture
    def good(self) -> Sequence[AudioFile]:
        return [AudioFile("song.wax", PHONOGRAPH)]

    @pytest.fixture
    def bad(self) -> Sequence[AudioFile]:
        return [AudioFile("song.wax", PHONOGRAPH + b"scratch")]

    @pytest.fixture
    def others(self) -> Sequence[AudioFile]:
        return [AudioFile("song.wav", sound())]


@pytest.fixture
async def phonographs(platform: Platform, settings: Settings) -> AsyncIterator[Platform]:
    """A platform on which the plugin is installed, and which no tenant has switched on yet."""
    async with open_platform(settings, find=lambda: (*find_plugins(), installed(Phonograph))) as running:
        yield running


async def upload(scope: Scope, content: bytes, name: str = "song.wax", kind: AssetKind = AssetKind.AUDIO) -> Asset:
    async def blocks() -> AsyncIterator[bytes]:
        yield content

    return (await AssetService(scope).receive(kind, name, blocks())).asset()


async def refusal(scope: Scope, content: bytes, name: str = "song.wax", kind: AssetKind = AssetKind.AUDIO) -> str:
    with pytest.raises(DomainError) as refused:
        await upload(scope, content, name, kind)
    return refused.value.code


@pytest.mark.proves("PLG-12")
@pytest.mark.hook("register_audio_formats")
async def test_a_format_is_accepted_only_while_its_plugin_is_on_for_the_tenant(
    phonographs: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    plugins = await PluginsOf(phonographs)(tenant_a.id)
    before = await phonographs.scope(tenant_a.id, SYSTEM_ACTOR)
    assert await refusal(before, PHONOGRAPH) == "FILE_TYPE_UNKNOWN"

    await plugins.enable("phonograph")
    with_it = await phonographs.scope(tenant_a.id, SYSTEM_ACTOR)
    stored = await upload(with_it, PHONOGRAPH)
    other = await phonographs.scope(tenant_b.id, SYSTEM_ACTOR)
    refused_for_other = await refusal(other, PHONOGRAPH)
    await plugins.disable("phonograph")
    without = await phonographs.scope(tenant_a.id, SYSTEM_ACTOR)

    assert stored.audio is not None
    assert (stored.audio.registered_format, stored.audio.immersive, stored.audio.codec) == ("Cylinder", False, "WAX")
    assert refused_for_other == "FILE_TYPE_UNKNOWN"
    assert await refusal(without, PHONOGRAPH) == "FILE_TYPE_UNKNOWN"
    assert (await AssetService(without).get(stored.id)).asset() == stored
    assert b"".join([block async for block in AssetService(without).read(stored.id)]) == PHONOGRAPH


@pytest.mark.proves("PLG-12")
async def test_what_a_format_refuses_or_breaks_at_leaves_nothing_behind(
    phonographs: Platform, tenant_a: TenantDocument
) -> None:
    await (await PluginsOf(phonographs)(tenant_a.id)).enable("phonograph")
    scope = await phonographs.scope(tenant_a.id, SYSTEM_ACTOR)

    assert await refusal(scope, PHONOGRAPH[:-1]) == "CYLINDER_BROKEN"
    assert await refusal(scope, PHONOGRAPH[:7]) == "PLUGIN_FAILED"
    assert await refusal(scope, PHONOGRAPH, "song.wav") == "FILE_TYPE_UNKNOWN"
    assert await refusal(scope, PHONOGRAPH, "song.wax", AssetKind.IMAGE) == "FILE_TYPE_UNKNOWN"
    assert await refusal(scope, b"neither wax nor vinyl", "song.wax") == "FILE_TYPE_UNKNOWN"
    assert (await AssetService(scope).page()).documents == []


async def test_the_platform_reads_its_own_formats_whatever_plugins_say(
    phonographs: Platform, tenant_a: TenantDocument
) -> None:
    await (await PluginsOf(phonographs)(tenant_a.id)).enable("phonograph")

    stored = await upload(await phonographs.scope(tenant_a.id, SYSTEM_ACTOR), sound(), "song.wav")

    assert stored.audio is not None
    assert (stored.audio.format, stored.audio.registered_format) == (AudioFormat.WAV, None)


@pytest.mark.proves("TRK-15")
async def test_an_immersive_master_is_refused_with_the_names_of_plugins_that_take_it(label_a: Scope) -> None:
    plain = sound(channels=6)
    allocated = plain + b"chna" + (4).to_bytes(4, "little") + bytes(4)

    with pytest.raises(DomainError) as refused:
        await upload(label_a, allocated, "song.wav")
    surround = await upload(label_a, plain, "song.wav")

    assert (refused.value.code, refused.value.path) == ("IMMERSIVE_PLUGIN_REQUIRED", ("file",))
    assert "dolby-atmos" in refused.value.message
    assert surround.audio is not None
    assert surround.audio.channels == 6
