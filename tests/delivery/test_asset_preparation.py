"""Deliveries to targets that take other files than the masters: prepared truthfully, or refused."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import soundfile
from PIL import Image

from distro_core.assets.description import describe_file
from distro_core.assets.documents import AssetDocument
from distro_core.assets.service import AssetService
from distro_core.catalogue.drafts import ImageDraft, ReleaseChanges
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.readiness.issues import ReadinessGroup
from distro_core.delivery.readiness.service import ReadinessService
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.messages.preview import MessageService
from distro_core.preparation import files as prepared_files
from distro_core.preparation.documents import PreparedFileDocument
from distro_core.scope import Scope
from distro_plugins.media_preparation import LosslessAudio
from distro_sdk.errors import DomainError, ErrorCategory
from distro_sdk.models.assets import Asset, AssetKind, AudioFormat, ImageFormat
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, UseType
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.validation import Severity
from distro_sdk.platforms import ImageRequirements
from distro_sdk.preparation import Recipe
from distro_sdk.xml import parse_message
from tests.delivery.label import Label
from tests.delivery.material import tone
from tests.delivery.transports import with_registry

FLAC_ONLY: Mapping[str, Any] = {"audio_formats": (AudioFormat.FLAC,)}
SMALL_JPEG: Mapping[str, Any] = {
    "images": ImageRequirements(formats=(ImageFormat.JPEG,), longest_side=600),
    "minimum_cover": 300,
}
TERMS = (CommercialTerms(commercial_model=CommercialModel.SUBSCRIPTION, use_types=(UseType.ON_DEMAND_STREAM,)),)


def samples(content: bytes | Path) -> str:
    """MD5 of all decoded samples."""
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    return hashlib.md5(soundfile.read(source, dtype="int32")[0].tobytes(), usedforsecurity=False).hexdigest()


def arrived(label: Label, kind: str) -> list[Path]:
    return sorted(path for path in label.folder.rglob(f"*.{kind}") if path.is_file())


def told(delivery: DeliveryDocument, label: Label, name: str) -> list[str]:
    """The text of every element of that name in the message that arrived."""
    path = next(label.folder.rglob(f"{delivery.message_id}.xml"))
    return [element.text or "" for element in parse_message(path.read_bytes()).root.iter(f"{{*}}{name}")]


async def kept(scope: Scope) -> list[PreparedFileDocument]:
    return await scope.store.collection(PreparedFileDocument).list({})


async def with_cover(label: Label, content: bytes, name: str = "cover.png") -> str:
    """The id of a ready release with another cover."""
    release = await label.release(tone(440), ready=False)
    image = ImageDraft(asset_id=await label.asset(AssetKind.IMAGE, name, content))
    await label.releases.update(release.id, ReleaseChanges(images=(image,)))
    return (await label.releases.set_status(release.id, ReleaseStatus.READY)).id


def png(side: int = 1200, mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    gradient = Image.linear_gradient("L").resize((side, side))
    Image.merge("RGB", [gradient, gradient.rotate(90), gradient]).convert(mode).save(written, "PNG")
    return written.getvalue()


@pytest.mark.hook("register_asset_preparers")
@pytest.mark.proves("WFL-05", "TGT-03", "ERR-01", "ADI-12")
async def test_a_target_that_takes_flac_gets_flac_with_the_same_samples(label: Label) -> None:
    release, target = await label.release(tone(440), tone(660)), await label.target(**FLAC_ONLY)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is None
    assert delivery.status is Status.DISTRIBUTED
    found = arrived(label, "flac")
    assert arrived(label, "wav") == []
    assert {samples(path) for path in found} == {samples(tone(440)), samples(tone(660))}
    assert delivery.validation is not None
    assert delivery.validation.valid
    assert {"FLAC"} == set(told(delivery, label, "AudioCodecType"))
    md5s = {describe_file(path).hashes.md5 for path in found}
    assert md5s <= set(told(delivery, label, "HashSumValue") + told(delivery, label, "HashSum"))
    recordings = [file for file in delivery.files if file.kind is FileKind.AUDIO]
    assert {file.hashes.md5 for file in recordings} == md5s
    assert {file.original_name for file in recordings} == {"take 1.wav", "take 2.wav"}
    assert {file.size for file in recordings} == {path.stat().st_size for path in found}


@pytest.mark.proves("WFL-05")
async def test_the_log_says_what_was_prepared_and_a_second_delivery_uses_it_again(
    label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, target = await label.release(tone(440)), await label.target(**FLAC_ONLY)
    other = await label.target(name="Another", **FLAC_ONLY)
    first = await label.deliver([release.id], target.id)
    (file,) = await kept(label.scope)

    def never(*_: object) -> None:
        raise AssertionError("it was made twice")

    monkeypatch.setattr(prepared_files, "_make", never)
    again = await label.deliver([release.id], other.id)
    logs = await label.deliveries.logs(first.id)

    assert again.status is Status.DISTRIBUTED
    assert [each.id for each in await kept(label.scope)] == [file.id]
    line = next(line for line in logs.documents if line.step == "asset_preparation")
    assert line.details == {"files": ["track 1 becomes FLAC for this target"], "made_before": 0}


@pytest.mark.proves("WFL-07", "TGT-03")
async def test_a_large_png_becomes_a_smaller_jpeg_in_rgb(label: Label) -> None:
    release_id, target = await with_cover(label, png(1200, "RGBA")), await label.target(**SMALL_JPEG)

    delivery = await label.deliver([release_id], target.id)

    assert delivery.error is None
    (path,) = arrived(label, "jpg")
    with Image.open(path) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (600, 600))
    assert "600" in " ".join(told(delivery, label, "ImageHeight"))
    assert set(told(delivery, label, "ImageCodecType")) == {"JPEG"}
    assert delivery.validation is not None
    assert delivery.validation.valid


@pytest.mark.slow
@pytest.mark.proves("WFL-07")
async def test_a_cover_of_4000_pixels_becomes_one_of_3000(label: Label) -> None:
    wanted = ImageRequirements(formats=(ImageFormat.JPEG,), longest_side=3000)
    release_id, target = await with_cover(label, png(4000)), await label.target(images=wanted)

    delivery = await label.deliver([release_id], target.id)

    assert delivery.status is Status.DISTRIBUTED
    with Image.open(arrived(label, "jpg")[0]) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (3000, 3000))


@pytest.mark.proves("TGT-03", "ERR-01")
@pytest.mark.parametrize(
    ("wanted", "code", "category"),
    [
        ({"audio_formats": (AudioFormat.MP3,)}, "AUDIO_FORMAT_UNSUITABLE", ErrorCategory.CONTENT_FORMAT),
        ({"images": ImageRequirements(), "minimum_cover": 4000}, "COVER_BELOW_MINIMUM", ErrorCategory.CONTENT_QUALITY),
        (
            {"images": ImageRequirements(formats=(ImageFormat.PNG,), colour_modes=("CMYK",))},
            "COVER_FORMAT_UNSUITABLE",
            ErrorCategory.CONTENT_FORMAT,
        ),
    ],
)
async def test_what_nobody_can_prepare_is_refused(
    label: Label, wanted: dict[str, Any], code: str, category: ErrorCategory
) -> None:
    release, target = await label.release(tone(440)), await label.target(**wanted)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.NEEDS_ATTENTION, code)
    assert delivery.error.category is category
    assert label.files() == []
    assert await kept(label.scope) == []


@pytest.mark.proves("TGT-03")
async def test_a_lossy_master_is_refused_by_a_target_that_takes_lossless_ones(label: Label) -> None:
    lossy = io.BytesIO()
    soundfile.write(lossy, soundfile.read(io.BytesIO(tone(440, 2)))[0], 44_100, format="MP3")
    release, target = await label.release(lossy.getvalue()), await label.target(**FLAC_ONLY)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.NEEDS_ATTENTION, "AUDIO_FORMAT_UNSUITABLE")
    assert label.files() == []


@pytest.mark.proves("TGT-03")
async def test_without_the_plugin_it_is_refused(label: Label) -> None:
    bare = Label(with_registry(label.scope, asset_preparers={}), label.folder)
    release, target = await bare.release(tone(440)), await bare.target(**FLAC_ONLY)

    delivery = await bare.deliver([release.id], target.id)

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.NEEDS_ATTENTION, "AUDIO_FORMAT_UNSUITABLE")


async def test_two_tenants_share_nothing_of_the_same_recording(label: Label, other_label: Label) -> None:
    for each in (label, other_label):
        release, target = await each.release(tone(440)), await each.target(**FLAC_ONLY)
        assert (await each.deliver([release.id], target.id)).status is Status.DISTRIBUTED

    (own,), (foreign,) = await kept(label.scope), await kept(other_label.scope)
    assert own.id == foreign.id
    assert own.object_key is not None
    assert foreign.object_key is not None
    assert own.object_key.startswith(f"{label.scope.tenant_key}/")
    assert foreign.object_key.startswith(f"{other_label.scope.tenant_key}/")


async def test_what_was_prepared_goes_with_the_last_asset_of_its_bytes(label: Label) -> None:
    release, target = await label.release(tone(440)), await label.target(**FLAC_ONLY)
    twin = await label.asset(AssetKind.AUDIO, "twin.wav", tone(440))
    await label.deliver([release.id], target.id)
    (file,) = await kept(label.scope)
    track = (await label.releases.get(release.id)).tracks[0]
    await AssetService(label.scope).delete(twin)
    assert len(await kept(label.scope)) == 1
    await label.scope.store.collection(type(release)).raw.delete_one({"_id": release.id})
    await AssetService(label.scope).delete(track.audio_asset_id or "")

    assert await kept(label.scope) == []
    assert await label.scope.store.collection(AssetDocument).find(track.audio_asset_id or "") is None
    with pytest.raises(DomainError, match="no object"):
        await label.scope.objects.get(file.object_key or "")


async def test_what_storage_lost_is_made_anew(label: Label) -> None:
    release, target = await label.release(tone(440)), await label.target(**FLAC_ONLY)
    other = await label.target(name="Another", **FLAC_ONLY)
    await label.deliver([release.id], target.id)
    (file,) = await kept(label.scope)
    await label.scope.objects.delete(file.object_key or "")

    again = await label.deliver([release.id], other.id)

    (made,) = await kept(label.scope)
    assert again.status is Status.DISTRIBUTED
    assert made.object_key != file.object_key
    assert made.hashes == file.hashes


async def test_a_damaged_prepared_file_is_refused_and_made_anew(label: Label) -> None:
    release, target = await label.release(tone(440)), await label.target(**FLAC_ONLY)
    other = await label.target(name="Another", **FLAC_ONLY)
    await label.deliver([release.id], target.id)
    (file,) = await kept(label.scope)
    await label.scope.objects.put(file.object_key or "", b"x" * file.size)

    refused = await label.deliver([release.id], other.id)
    await label.deliveries.retry(refused.id)
    mended = await label.work(refused)

    assert refused.error is not None
    assert refused.error.code == "ASSET_CORRUPTED"
    assert mended.status is Status.DISTRIBUTED


@pytest.mark.proves("IDM-02")
async def test_when_a_target_takes_other_files_an_update_brings_them(label: Label) -> None:
    release, target = await label.release(tone(440)), await label.target()
    await label.deliver([release.id], target.id)
    await label.targets.update(target.id, TargetChanges.model_validate(FLAC_ONLY))

    update = await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")
    second = await label.deliver([release.id], target.id)

    assert [file.kind for file in update.files] == [FileKind.AUDIO]
    assert len(arrived(label, "flac")) == 1
    assert second.files == ()


@pytest.mark.proves("TGT-03", "GDE-18")
async def test_the_check_before_distribution_tells_what_is_prepared_and_what_is_refused(label: Label) -> None:
    release = await label.release(tone(440), tone(660))
    target = await label.target(platform=None, format="ern/4.3", commercial_terms=TERMS, **FLAC_ONLY, **SMALL_JPEG)
    strict = await label.target(
        platform=None, format="ern/4.3", commercial_terms=TERMS, audio_formats=(AudioFormat.MP3,)
    )

    readiness = await ReadinessService(label.scope).check([release.id], [target.id, strict.id])

    found = {
        (issue.target_id, issue.severity, issue.code, issue.path)
        for issue in readiness.issues
        if issue.group in {ReadinessGroup.AUDIO, ReadinessGroup.ARTWORK}
    }
    assert found == {
        (target.id, Severity.WARNING, "AUDIO_WILL_BE_PREPARED", "tracks.0.audio_asset_id"),
        (target.id, Severity.WARNING, "AUDIO_WILL_BE_PREPARED", "tracks.1.audio_asset_id"),
        (target.id, Severity.WARNING, "COVER_WILL_BE_PREPARED", "images.0"),
        (strict.id, Severity.ERROR, "AUDIO_FORMAT_UNSUITABLE", "tracks.0.audio_asset_id"),
        (strict.id, Severity.ERROR, "AUDIO_FORMAT_UNSUITABLE", "tracks.1.audio_asset_id"),
    }
    assert await kept(label.scope) == []


async def test_a_preview_tells_what_is_prepared_and_makes_nothing(label: Label) -> None:
    release, target = await label.release(tone(440)), await label.target(**FLAC_ONLY)

    before = await MessageService(label.scope).preview(release.id, target)
    unmade = await kept(label.scope)
    delivery = await label.deliver([release.id], target.id)
    after = await MessageService(label.scope).preview(release.id, await label.target(**FLAC_ONLY))

    assert [order.description for order in before.preparations] == ["track 1 becomes FLAC for this target"]
    assert (unmade, before.prepared) == ([], frozenset())
    assert after.prepared == {before.preparations[0].asset.id}
    told_before, told_after = (
        {file.hashes.md5 for file in preview.files if file.kind is FileKind.AUDIO} for preview in (before, after)
    )
    assert told_after == {file.hashes.md5 for file in delivery.files if file.kind is FileKind.AUDIO} != told_before


async def test_a_preview_of_what_nobody_can_prepare_says_so(label: Label) -> None:
    release, target = await label.release(tone(440)), await label.target(audio_formats=(AudioFormat.MP3,))

    with pytest.raises(DomainError) as caught:
        await MessageService(label.scope).preview(release.id, target)

    assert (caught.value.code, caught.value.path) == ("AUDIO_FORMAT_UNSUITABLE", ("tracks", 0, "audio_asset_id"))


class Clumsy:
    """A preparer that does what `doing` says, and says that it can do everything."""

    name, version = "clumsy", "1"

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def can_prepare(self, asset: Asset, recipe: Recipe) -> bool:
        return asset.audio is not None

    def prepare(self, asset: Asset, recipe: Recipe, source: Path, result: Path) -> None:
        if self._doing == "raise":
            raise RuntimeError("out of my depth")
        if self._doing == "junk":
            result.write_bytes(b"nothing")
        if self._doing == "same":
            result.write_bytes(source.read_bytes())
        if self._doing == "shorter":
            with soundfile.SoundFile(source) as audio:
                soundfile.write(result, audio.read(1000, dtype="int32"), audio.samplerate, "PCM_16", format="FLAC")


@pytest.mark.parametrize(
    ("doing", "code"),
    [
        ("raise", "PREPARATION_FAILED"),
        ("junk", "PREPARED_FILE_WRONG"),
        ("same", "PREPARED_FILE_WRONG"),
        ("shorter", "PREPARED_FILE_WRONG"),
        ("nothing", "PREPARED_FILE_WRONG"),
    ],
)
async def test_what_a_plugin_does_wrong_is_not_sent(label: Label, doing: str, code: str) -> None:
    label = Label(with_registry(label.scope, asset_preparers={"clumsy": Clumsy(doing)}), label.folder)
    release, target = await label.release(tone(440)), await label.target(**FLAC_ONLY)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.NEEDS_ATTENTION, code)
    assert label.files() == []
    assert [each for each in await kept(label.scope) if each.object_key] == []


async def test_a_full_disk_is_tried_again(label: Label, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LosslessAudio, "prepare", full)
    label = label.with_scope(settings=label.scope.settings.model_copy(update={"retry_delay": 0.0}))
    release, target = await label.release(tone(440)), await label.target(**FLAC_ONLY)

    failed = await label.deliver([release.id], target.id)
    monkeypatch.undo()

    assert failed.error is not None
    assert (failed.status, failed.error.code) == (Status.RETRYING, "OBJECT_STORAGE_FULL")


async def test_a_damaged_master_is_not_prepared(label: Label) -> None:
    release, target = await label.release(tone(440)), await label.target(**FLAC_ONLY)
    asset = await label.scope.store.collection(AssetDocument).get(release.tracks[0].audio_asset_id or "")
    await label.scope.objects.put(asset.object_key, tone(660))

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.NEEDS_ATTENTION, "ASSET_CORRUPTED")
