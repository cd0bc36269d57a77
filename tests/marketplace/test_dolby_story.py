"""A release in Dolby Atmos, from its masters to the platform, with the paid plugin of the marketplace."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lxml import etree

from distro_api.receiver import ReceiverOptions, Rules, SchemaFolder
from distro_core.assets.service import AssetService
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ImmersiveDraft, TrackChanges
from distro_core.catalogue.tracks import TrackService
from distro_core.identity.documents import TenantDocument
from distro_core.messages.preview import MessageService
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_plugins.ddex_schematron import RuleFolder, SchematronValidator
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageOptions
from distro_sdk.models.validation import Severity
from distro_sdk.xml import ParsedMessage, parse_message
from tests.delivery.dsp import deliver, receiver_at, sftp_target
from tests.delivery.label import Label
from tests.delivery.material import tone
from tests.delivery.workers import worker
from tests.licensing.licences import far_claims, licence
from tests.marketplace.atmos_master import BITS, CHANNELS, RATE, atmos_master
from tests.marketplace.own_shops import own_shop
from tests.marketplace.shops import Shop
from tests.marketplace.test_own_plugins import MARKETPLACE, OwnWheel

PLUGIN = "dolby-atmos"
PACKAGE = "stardust_dolby_atmos"
MASTERS = (atmos_master(seed=1), atmos_master(seed=2))
ISRCS = ("DEA122699911", "DEA122699912")
IMMERSIVE = MessageOptions(immersive_audio=True)


@pytest.fixture
async def shop(
    platform: Platform, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    async with own_shop(settings, tmp_path, monkeypatch, PACKAGE) as opened:
        opened.market.offer(OwnWheel(MARKETPLACE / "dolby_atmos", tmp_path))
        yield opened


@pytest.fixture
async def label(shop: Shop, tenant_a: TenantDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Label:
    """A label that has bought the plugin, installed it and switched it on."""
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    bought = licence(far_claims(PLUGIN, sub=tenant_a.id), shop.market.publisher_key)
    await shop.platform.marketplace.licensing.add(tenant_a.id, PLUGIN, bought, by="somebody")
    job = await shop.jobs.install(PLUGIN, tenant_id=tenant_a.id, by="somebody")
    await shop.jobs.run(job.id)
    assert (await shop.jobs.get(job.id, tenant_a.id)).error is None
    await (await shop.plugins_of(tenant_a.id)).enable(PLUGIN)
    return Label(await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path / "dsp")


async def in_atmos(label: Label) -> ReleaseDocument:
    """A release with an immersive twin for each of its tracks."""
    release = await label.release()
    for track, isrc, content in zip(release.tracks, ISRCS, MASTERS, strict=True):
        twin = await label.asset(AssetKind.AUDIO, f"atmos {isrc}.wav", content)
        changes = TrackChanges(immersive=ImmersiveDraft(isrc=isrc, audio_asset_id=twin))
        await TrackService(label.scope).update(track.id, changes)
    return release


def told(root: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in root.iterfind(path)]


def ruled_out(message: ParsedMessage, ddex_folder: Path) -> list[str]:
    """What DDEX's own Schematron rules find wrong, or that they have not judged it."""
    judge = SchematronValidator(RuleFolder(ddex_folder / "schematron"))
    try:
        found = judge.validate(message)
    finally:
        judge.close()
    return [issue.message for issue in found if issue.severity is Severity.ERROR or issue.code == "SCHEMATRON_NOT_RUN"]


def codes(error: DomainError) -> list[str]:
    return [fault.code for fault in (error.errors if isinstance(error, DomainErrors) else (error,))]


@pytest.mark.proves("INI-01")
async def test_a_release_in_atmos_travels_with_its_masters_as_immersive_editions(
    label: Label, shop: Shop, tmp_path: Path, ddex_folder: Path
) -> None:
    release = await in_atmos(label)
    options = ReceiverOptions(rules=Rules(schemas=SchemaFolder(ddex_folder)))
    async with receiver_at(tmp_path / "dsp", options=options) as receiver:
        target = await sftp_target(label, receiver, format="ern/4.3", options=IMMERSIVE)
        async with worker(shop.platform, ddex_schemas=ddex_folder):
            delivery = await deliver(label, release.id, target)
        report = await receiver.wait_for_report(delivery.batch_id)

    # Both sides find nothing wrong with it by the official schema, and so do DDEX's own rules below.
    assert delivery.status is Status.LIVE, delivery.error
    assert report.findings == ()
    assert delivery.validation is not None
    assert (delivery.validation.schema_judge, delivery.validation.schema_valid) == ("XSD ern/4.3", True)
    assert delivery.validation.content_valid is True

    # The masters lie there, byte for byte, beside the recordings whose twins they are.
    arrived = {path.name: path.read_bytes() for path in (tmp_path / "dsp").rglob("*.wav")}
    names = [f"{release.icpn}_01_{number:03}_immersive.wav" for number in (1, 2)]
    assert [arrived[name] for name in names] == list(MASTERS)
    assert len(arrived) == 4

    # The message names each as an immersive edition with an ISRC and a hash of its own.
    (file,) = (tmp_path / "dsp").rglob(f"{delivery.message_id}.xml")
    message = parse_message(file.read_bytes())
    assert ruled_out(message, ddex_folder) == []
    recordings = list(message.root.iterfind("ResourceList/SoundRecording"))
    for recording, isrc, name, content in zip(recordings, ISRCS, names, MASTERS, strict=True):
        assert told(recording, "SoundRecordingEdition/Type") == ["NonImmersiveEdition", "ImmersiveEdition"]
        twin = recording.findall("SoundRecordingEdition")[1]
        assert told(twin, "ResourceId/ISRC") == [isrc]
        assert told(twin, "RecordingMode") == ["ImmersiveAudio"]
        assert told(twin, ".//File/URI") == [f"audio/{name}"]
        assert told(twin, ".//HashSum/HashSumValue") == [hashlib.md5(content, usedforsecurity=False).hexdigest()]
        properties = [told(twin, f".//{field}") for field in ("NumberOfChannels", "SamplingRate", "BitsPerSample")]
        assert properties == [[str(CHANNELS)], [str(RATE)], [str(BITS)]]


@pytest.mark.proves("INI-01", "TRK-15")
async def test_a_master_comes_in_with_the_plugin_alone_and_only_a_sound_one(
    label: Label, shop: Shop, tenant_a: TenantDocument
) -> None:
    stored = await AssetService(label.scope).get(await label.asset(AssetKind.AUDIO, "song.wav", MASTERS[0]))

    with pytest.raises(DomainError) as stereo:
        await label.asset(AssetKind.AUDIO, "song atmos.wav", tone(440))
    await (await shop.plugins_of(tenant_a.id)).disable(PLUGIN)
    shop.platform.memory.forget(tenant_a.id)
    without = Label(await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR), label.folder)
    with pytest.raises(DomainError) as refused:
        await without.asset(AssetKind.AUDIO, "song.wav", MASTERS[1])

    audio = stored.asset().audio
    assert audio is not None
    assert (audio.registered_format, audio.immersive, audio.channels) == ("DolbyAtmos", True, CHANNELS)
    assert stereo.value.message.startswith("Invalid Atmos file: ")
    assert refused.value.code == "IMMERSIVE_PLUGIN_REQUIRED"
    assert PLUGIN in refused.value.message


async def test_a_version_without_editions_says_it_in_its_own_words_or_refuses(
    label: Label, shop: Shop, ddex_folder: Path
) -> None:
    release = await in_atmos(label)
    judging = label.with_scope(settings=label.scope.settings.model_copy(update={"ddex_schemas": ddex_folder}))
    older = await label.target(format="ern/4.2", options=IMMERSIVE)
    stereo = await label.target(format="ern/3.8.2")

    told_in_42 = await MessageService(judging.scope).preview(release.id, older)
    with pytest.raises(DomainError) as refused:
        await label.target(format="ern/3.8.2", options=IMMERSIVE)
    plain = await MessageService(judging.scope).preview(release.id, stereo)

    # 4.2 has no editions: a second encoding with an ISRC of its own, which says what it is.
    assert told_in_42.validation.schema_valid is True
    message = parse_message(told_in_42.content)
    assert ruled_out(message, ddex_folder) == []
    root = message.root
    assert told(root, ".//TechnicalDetails/EncodingId/ISRC") == list(ISRCS)
    assert told(root, ".//TechnicalDetails/EncodingDescription") == ["Immersive audio"] * 2
    # 3.8.2 has no place for it: a target that asks for it is refused, and one that does not is told so.
    assert codes(refused.value) == ["IMMERSIVE_UNSUPPORTED"]
    assert not [isrc for isrc in ISRCS if isrc.encode() in plain.content]
