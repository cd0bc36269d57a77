"""Deliveries of more than audio: videos, booklets, immersive twins, MEAD beside the message, purges."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_core.catalogue.drafts import ImmersiveDraft, ReleaseChanges, TrackChanges
from distro_core.catalogue.tracks import TrackService
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.preview import MessageService
from distro_core.platform import Platform
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageOptions, MessageType, ReleaseProfile, TakedownForm
from distro_sdk.xml import parse_message
from tests.delivery.label import Label
from tests.delivery.material import cover, tone
from tests.video_files import make_video

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


async def with_video(label: Label, folder: Path) -> str:
    """The id of a release whose second track is a video."""
    release = await label.release()
    video = await label.asset(AssetKind.VIDEO, "clip.mp4", make_video(folder / "clip.mp4").read_bytes())
    capture = await label.asset(AssetKind.IMAGE, "still.jpg", cover(shade=30))
    changes = TrackChanges(
        resource_type="Video", audio_asset_id=None, video_asset_id=video, screen_capture_asset_id=capture
    )
    await TrackService(label.scope).update(release.tracks[1].id, changes)
    booklet = await label.asset(AssetKind.DOCUMENT, "booklet.pdf", PDF)
    await label.releases.update(release.id, ReleaseChanges(type="Mixed", booklet_asset_id=booklet))
    return release.id


def sent(label: Label, delivery: DeliveryDocument) -> list[str]:
    return [name.removeprefix(f"{delivery.batch_id}/") for name in label.files()]


async def test_a_release_of_audio_and_video_travels_with_its_booklet(label: Label, tmp_path: Path) -> None:
    release_id, target = await with_video(label, tmp_path), await label.target()

    delivery = await label.deliver([release_id], target.id)

    assert delivery.status is Status.DISTRIBUTED
    assert delivery.profile is ReleaseProfile.MIXED_MEDIA
    icpn = delivery.icpn
    assert sent(label, delivery) == [
        "BatchComplete.txt",
        "BatchManifest.xml",
        f"Release1/{delivery.message_id}.xml",
        f"Release1/audio/{icpn}_01_001.wav",
        f"Release1/documents/{icpn}_booklet.pdf",
        f"Release1/images/{icpn}.jpg",
        f"Release1/images/{icpn}_02.jpg",
        f"Release1/videos/{icpn}_01_002.mp4",
    ]
    assert delivery.receipt is not None
    assert len(delivery.receipt.files) == 8
    counts = (delivery.receipt.audio_count, delivery.receipt.video_count, delivery.receipt.document_count)
    assert counts == (1, 1, 1)


async def test_a_partner_without_booklets_gets_none(label: Label, tmp_path: Path) -> None:
    release_id = await with_video(label, tmp_path)
    target = await label.target(options=MessageOptions(booklet=False))

    delivery = await label.deliver([release_id], target.id)

    assert delivery.status is Status.DISTRIBUTED
    assert not [name for name in label.files() if name.endswith(".pdf")]


async def test_an_immersive_twin_travels_where_the_target_takes_it(label: Label) -> None:
    release = await label.release()
    twin = await label.asset(AssetKind.AUDIO, "atmos.wav", tone(880))
    immersive = ImmersiveDraft(isrc="DEA122699901", audio_asset_id=twin)
    await TrackService(label.scope).update(release.tracks[0].id, TrackChanges(immersive=immersive))
    stereo, both = await label.target(), await label.target(options=MessageOptions(immersive_audio=True))

    plain = await label.deliver([release.id], stereo.id)
    twinned = await label.deliver([release.id], both.id)

    assert not [file.name for file in plain.files if "_immersive" in file.name]
    assert [file.name for file in twinned.files if "_immersive" in file.name] == [
        f"{release.icpn}_01_001_immersive.wav"
    ]


@pytest.mark.proves("MEA-28")
async def test_mead_travels_beside_the_message_that_names_it(label: Label) -> None:
    release = await label.release()
    await label.releases.update(release.id, ReleaseChanges.model_validate({"enrichment": {"moods": ("Happy",)}}))
    target = await label.target(options=MessageOptions(companions=("mead/1.1",)))

    preview = await MessageService(label.scope).preview(release.id, target)
    delivery = await label.deliver([release.id], target.id)

    (companion,) = delivery.companions
    (path,) = label.folder.rglob("MEAD_*.xml")
    message = (path.parent / f"{delivery.message_id}.xml").read_bytes()
    assert [beside.format for beside in preview.companions] == ["mead/1.1"]
    assert (companion.format, companion.name) == ("mead/1.1", path.name)
    assert parse_message(path.read_bytes()).name == "MeadMessage"
    assert companion.hashes.md5.encode() in message
    assert path.name.encode() in message


async def test_a_takedown_has_nothing_beside_it(label: Label) -> None:
    release = await label.release()
    await label.releases.update(release.id, ReleaseChanges.model_validate({"enrichment": {"moods": ("Happy",)}}))
    target = await label.target(options=MessageOptions(companions=("mead/1.1",)))
    await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)

    takedown = await label.deliver([release.id], target.id)

    assert takedown.status is Status.REMOVED
    assert takedown.companions == ()


@pytest.mark.proves("ERN-15", "MSG-06")
async def test_a_release_is_purged_where_the_partner_wants_that(label: Label, platform: Platform) -> None:
    release = await label.release()
    options = MessageOptions(takedown_form=TakedownForm.PURGE)
    target = await label.target(choreography="release-by-release", options=options)
    await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)

    takedown = await label.deliver([release.id], target.id)

    assert takedown.status is Status.REMOVED
    assert takedown.message_type is MessageType.PURGE_RELEASE
    assert takedown.receipt is not None
    assert takedown.receipt.message_type == "PurgeReleaseMessage"
    sent_messages = [parse_message(path.read_bytes()).name for path in label.folder.rglob("*.xml")]
    assert sorted(sent_messages) == ["NewReleaseMessage", "PurgeReleaseMessage"]


async def test_what_a_format_cannot_do_is_refused_before_a_target_is_stored(label: Label) -> None:
    options = MessageOptions(
        takedown_form=TakedownForm.TAKE_DOWN_ELEMENT, immersive_audio=True, companions=("mead/9.9",)
    )

    with pytest.raises(DomainError) as newer:
        await label.target(options=options)
    with pytest.raises(DomainError) as older:
        await label.target(format="ern/3.8.2", options=options)

    assert codes(newer.value) == ["COMPANION_UNKNOWN", "TAKEDOWN_FORM_UNSUPPORTED"]
    assert codes(older.value) == ["COMPANION_UNKNOWN", "IMMERSIVE_UNSUPPORTED"]
    assert await label.scope.store.collection(TargetDocument).count({}) == 0


async def test_a_purge_that_no_manifest_can_list_is_refused_with_the_target(label: Label) -> None:
    with pytest.raises(DomainError) as refused:
        await label.target(choreography="batch", options=MessageOptions(takedown_form=TakedownForm.PURGE))

    assert codes(refused.value) == ["MESSAGE_TYPE_UNLISTED"]


async def test_audio_and_video_releases_do_not_share_a_batch_with_a_manifest(label: Label, tmp_path: Path) -> None:
    audio, mixed = await label.release(), await with_video(label, tmp_path)
    batched, flat = await label.target(), await label.target(choreography="flat")

    with pytest.raises(DomainError) as refused:
        await label.deliveries.create([audio.id, mixed], batched.id)
    made = await label.deliveries.create([audio.id, mixed], flat.id)

    assert codes(refused.value) == ["BATCH_PRODUCTS_MIXED"]
    assert len({delivery.batch_id for delivery in made}) == 1


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("message_settings", "MESSAGE_SETTING_INVALID"),
        ("choreography_settings", "CHOREOGRAPHY_SETTING_INVALID"),
    ],
)
async def test_settings_that_a_format_or_choreography_does_not_have_are_refused(
    label: Label, field: str, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await label.target(**{field: {"no_such_setting": 1}})

    assert codes(refused.value) == [code]


def codes(error: DomainError) -> list[str]:
    errors = error.errors if isinstance(error, DomainErrors) else (error,)
    return sorted(fault.code for fault in errors)
