"""Messages of ERN 3.8.2 that keep every rule: built from the SDK's plans, and changed where no builder writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from lxml import etree

from distro_plugins.ern382 import Ern382Builder
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.message import (
    CatalogEntry,
    CatalogListPlan,
    MessagePlan,
    MessagingParty,
    ProfileVariant,
    ReleaseProfile,
)
from distro_sdk.testing.plans import ICPN, example_plan, purging_plan
from distro_sdk.xml import ParsedMessage, parse_message
from tests.unit.messages.breaking import Break, attribute, make, remove, text, together

SENDER = MessagingParty(dpid="PADPIDA2014120301L", name="Nod")
RECIPIENT = MessagingParty(dpid="PADPIDA2013020802I", name="Example DSP")
MAIN = "ReleaseList/Release"
BLOCK = f"{MAIN}/ReleaseDetailsByTerritory"
RECORDING = "ResourceList/SoundRecording"
PUBLISHER = (
    "<IndirectResourceContributor SequenceNumber='2'><PartyName><FullName>Nod</FullName></PartyName>"
    "<IndirectResourceContributorRole>MusicPublisher</IndirectResourceContributorRole></IndirectResourceContributor>"
)
SOURCE = (
    "<RelatedRelease><ReleaseId><ICPN>4006381333962</ICPN></ReleaseId>"
    "<ReleaseRelationshipType>IsReleaseFromRelease</ReleaseRelationshipType></RelatedRelease>"
)
COLLECTION = (
    "<CollectionList><Collection><CollectionId><ProprietaryId Namespace='N'>C</ProprietaryId></CollectionId>"
    "<CollectionType>VideoChapter</CollectionType><CollectionReference>X1</CollectionReference>"
    "<Title><TitleText>One</TitleText></Title></Collection></CollectionList>"
)
CHAPTERS = (
    "<VideoCollectionReferenceList><SoundRecordingCollectionReference>"
    "<SoundRecordingCollectionReference>X1</SoundRecordingCollectionReference><StartTime>PT0S</StartTime>"
    "</SoundRecordingCollectionReference></VideoCollectionReferenceList>"
)


def _sent(plan: MessagePlan) -> MessagePlan:
    return plan.model_copy(update={"sender": SENDER, "recipients": (RECIPIENT,)})


def built(profile: ReleaseProfile, *variants: ProfileVariant) -> ParsedMessage:
    """The message of a plan."""
    return parse_message(Ern382Builder().build(_sent(example_plan(profile=profile, variants=variants))))


def changed(message: ParsedMessage, *changes: Break) -> ParsedMessage:
    """Another message that was made of one."""
    copy = parse_message(message.content)
    together(*changes)(copy.root)
    return parse_message(etree.tostring(copy.root))


def named(profile: str) -> Break:
    """Name a release profile."""
    return attribute(".", "ReleaseProfileVersionId", f"CommonReleaseTypes/14/{profile}")


ALBUM = built(ReleaseProfile.AUDIO)
SINGLE = built(ReleaseProfile.SIMPLE_AUDIO_SINGLE)
VIDEOS = built(ReleaseProfile.VIDEO)
CLIP = built(ReleaseProfile.SIMPLE_VIDEO_SINGLE)
MIXED = built(ReleaseProfile.MIXED_MEDIA)
BOX = built(ReleaseProfile.AUDIO, ProfileVariant.BOXED_SET)
FILM = changed(built(ReleaseProfile.LONG_FORM_VIDEO), make(".", COLLECTION), make("ResourceList/Video", CHAPTERS))
CLASSICAL = changed(
    built(ReleaseProfile.AUDIO, ProfileVariant.CLASSICAL),
    *(make(f"{RECORDING}[{n}]/SoundRecordingDetailsByTerritory", PUBLISHER) for n in (1, 2, 3)),
)
MUSIC_ONLY = changed(ALBUM, named("AudioAlbumMusicOnly"))
BOOK = changed(ALBUM, named("AudioBook"), text(f"{MAIN}/ReleaseType", "AudioBookRelease"))
TONE = changed(SINGLE, named("Ringtone"), text(f"{MAIN}/ReleaseType", "RingtoneRelease"), make(BLOCK, SOURCE))
ALONE = changed(
    SINGLE,
    named("SingleResourceRelease"),
    text(f"{MAIN}/ReleaseType", "SingleResourceRelease"),
    remove("ResourceList/Image"),
    remove(f"{MAIN}/ReleaseResourceReferenceList/ReleaseResourceReference[2]"),
    *(remove(f"{MAIN}[{n}]/ReleaseDetailsByTerritory/ResourceGroup") for n in (1, 2)),
)
COVERED = changed(
    SINGLE,
    named("SingleResourceReleaseWithCoverArt"),
    text(f"{MAIN}/ReleaseType", "SingleResourceRelease"),
    *(remove(f"{MAIN}[{n}]/ReleaseDetailsByTerritory/ResourceGroup") for n in (1, 2)),
)
SERIES = changed(
    built(ReleaseProfile.LONG_FORM_VIDEO),
    named("FilmBundle"),
    make(".", COLLECTION.replace("<CollectionReference>X1</CollectionReference>", "")),
    make("ResourceList/Video/VideoId", "<ProprietaryId Namespace='N'>V</ProprietaryId>"),
)
PURGE = parse_message(Ern382Builder().build(_sent(purging_plan())))
LIST = parse_message(
    Ern382Builder().build_catalog_list(
        CatalogListPlan(
            message_id="1",
            thread_id="1",
            test=True,
            created_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
            sender=SENDER,
            recipients=(RECIPIENT,),
            language="en",
            entries=(
                CatalogEntry(
                    type=ReleaseType.ALBUM,
                    icpn=ICPN,
                    title="Tide",
                    display_artist="Norns",
                    label_name="Nod",
                    release_date=date(2026, 12, 4),
                ),
            ),
        )
    )
)
EXAMPLES = {
    "album": ALBUM,
    "single": SINGLE,
    "videos": VIDEOS,
    "clip": CLIP,
    "mixed": MIXED,
    "box": BOX,
    "film": FILM,
    "classical": CLASSICAL,
    "music only": MUSIC_ONLY,
    "book": BOOK,
    "ringtone": TONE,
    "alone": ALONE,
    "covered": COVERED,
    "series": SERIES,
    "purge": PURGE,
    "list": LIST,
}
