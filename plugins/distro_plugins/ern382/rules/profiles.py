"""The release profiles of ERN 3.8.2 (RP 1.4, clauses 3.1 and 4.4 to 4.19), LongformMusicVideo elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from lxml.etree import _Element

from distro_plugins.ern382.rules.common import ARTISTS, FORMAL_TITLE, ITEMS, MAIN, RELEASES
from distro_plugins.ern382.rules.sequences import SEQUENCES
from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.models.validation import Severity

CLAUSE = "RP 1.4, 3.1"
COMPONENTS = "ReleaseList/Release[ReleaseType='TrackRelease' or ReleaseType='VideoTrackRelease']"
COVERS = "ResourceList/Image[ImageType='FrontCoverImage']"
MUSIC = "MusicalWorkSoundRecording"


def _listed(role: str, message: Judged) -> list[str]:
    """What the main release lists in a role."""
    path = f"{MAIN}/ReleaseResourceReferenceList/ReleaseResourceReference[@ReleaseResourceType='{role}']"
    return message.texts(f"{path}/text()")


LISTED_PRIMARY = partial(_listed, "PrimaryResource")
LISTED_SECONDARY = partial(_listed, "SecondaryResource")


def references(listed: Callable[[Judged], list[str]], role: str, message: Judged) -> set[str]:
    """What the main release names in a role."""
    grouped = message.texts(f"{ITEMS}/ReleaseResourceReference[@ReleaseResourceType='{role}']/text()")
    return {text.strip() for text in (*message.once(listed), *grouped)}


PRIMARY = partial(references, LISTED_PRIMARY, "PrimaryResource")
SECONDARY = partial(references, LISTED_SECONDARY, "SecondaryResource")


def lacking(path: str, role: Callable[[Judged], set[str]]) -> Callable[[Judged], Iterator[_Element]]:
    """Finds resources of a role. `path`: an XPath to the resources that lack something."""

    def find(message: Judged) -> Iterator[_Element]:
        found = message.texts(f"{path}/ResourceReference/text()")
        wanted = message.once(role).intersection(found) if found else set()
        for element in message.select(path) if wanted else ():
            if element.findtext("ResourceReference") in wanted:
                yield element

    return find


def _unlinked_covers(message: Judged) -> Iterator[_Element]:
    secondary = message.once(SECONDARY)
    for cover in message.select(COVERS):
        if cover.findtext("ResourceReference") not in secondary:
            yield cover


def _miscounted(message: Judged) -> Iterator[Hit]:
    told = Counter(
        message.texts(
            f"{COMPONENTS}/ReleaseResourceReferenceList"
            "/ReleaseResourceReference[@ReleaseResourceType='PrimaryResource']/text()"
        )
    )
    primary = f"{MAIN}/ReleaseResourceReferenceList/ReleaseResourceReference[@ReleaseResourceType='PrimaryResource']"
    if all(told[name] == 1 for name in message.once(LISTED_PRIMARY)):
        return
    for reference in message.select(primary):
        if told[reference.text or ""] != 1:
            yield reference, str(told[reference.text or ""])


def _one_kind(message: Judged) -> Iterator[_Element]:
    primary = f"{ITEMS}[ReleaseResourceReference/@ReleaseResourceType='PrimaryResource']"
    if len(set(message.texts(f"{primary}/ResourceType/text()"))) < 2:
        yield message.root


def main_types(clause: str, *types: str) -> Rule:
    """The main release is of one of some types."""
    wanted = " or ".join(f"ReleaseType='{name}'" for name in types)
    return Rule("MAIN_TYPE_UNFIT", f"{MAIN}[not({wanted})]", f"the main release is no {' or '.join(types)}", clause)


def holds(code: str, path: str, text: str, clause: str = CLAUSE) -> Rule:
    """The message holds something. `path`: an XPath to it."""
    return Rule(code, f"/*[not({path})]", text, clause)


def _recordings(*types: str) -> Rule:
    wanted = " or ".join(f"SoundRecordingType='{name}'" for name in types)
    return holds("RECORDING_COUNT", f"ResourceList/SoundRecording[{wanted}]", f"there is no {' or '.join(types)}")


COMMON = (*RELEASES, *SEQUENCES)
IDENTIFIED = (
    Rule(
        "RECORDING_ISRC_MISSING",
        lacking("ResourceList/SoundRecording[not(SoundRecordingId/ISRC[normalize-space()])]", PRIMARY),
        "the {name} has no ISRC",
        "RP 1.4, 4.4(5)",
    ),
    Rule(
        "RECORDING_ISRC_MISSING",
        lacking("ResourceList/Video[not(VideoId/ISRC[normalize-space()])]", PRIMARY),
        "the {name} has no ISRC",
        "RP 1.4, 4.13(5)",
    ),
    Rule(
        "RESOURCE_ID_MISSING",
        lacking("ResourceList/*[not(*/ProprietaryId[normalize-space()])]", SECONDARY),
        "the secondary {name} has no ProprietaryId",
        "RP 1.4, 4.4(6)",
    ),
)
TRACKS = (
    Rule(
        "TRACK_RELEASE_COUNT",
        _miscounted,
        "{value} has {detail} component releases instead of one",
        CLAUSE,
    ),
    Rule(
        "TRACK_RELEASE_MANY",
        "ReleaseList/Release[ReleaseType='TrackRelease']/ReleaseResourceReferenceList[ReleaseResourceReference[2]]",
        "the track release holds more than one resource",
        CLAUSE,
    ),
)
COVER = (
    Rule("FRONT_COVER_COUNT", f"/*[count({COVERS}) != 1]", "there is not exactly one front cover", CLAUSE),
    Rule(
        "FRONT_COVER_NOT_LINKED",
        _unlinked_covers,
        "the front cover is no secondary resource of the main release",
        CLAUSE,
    ),
)
# A partner may take further images, which the clause forbids: told, but no reason to send nothing.
ONE_IMAGE = Rule(
    "IMAGE_FORBIDDEN",
    "ResourceList/Image[position() > 1]",
    "the profile carries one image",
    CLAUSE,
    severity=Severity.WARNING,
)
SEVERAL_RECORDINGS = Rule(
    "RECORDING_COUNT", "/*[not(ResourceList/SoundRecording[2])]", "an album has more than one sound recording", CLAUSE
)
VIDEOS = holds(
    "VIDEO_COUNT",
    "ResourceList/Video[VideoType='ShortFormMusicalWorkVideo']",
    "there is no short-form video of a musical work",
)
CAPTURES = holds(
    "SCREEN_CAPTURE_MISSING", "ResourceList/Image[ImageType='VideoScreenCapture']", "there is no screen capture"
)
TITLED = (*COMMON, FORMAL_TITLE, ARTISTS)

AUDIO_ALBUM_MUSIC_ONLY = (
    *TITLED, *IDENTIFIED, *TRACKS, *COVER, ONE_IMAGE, SEVERAL_RECORDINGS, _recordings(MUSIC),
    main_types("RP 1.4, 4.4(3)", "Album"),
)  # fmt: skip
# The profiles of music alone and of music with speech share this id, so it allows what either does.
AUDIO_ALBUM = (
    *TITLED, *IDENTIFIED, *TRACKS, *COVER, ONE_IMAGE, SEVERAL_RECORDINGS,
    _recordings(MUSIC, "NonMusicalWorkSoundRecording"), main_types(CLAUSE, "Album", "Single"),
)  # fmt: skip
AUDIO_BOOK = (*TITLED, *IDENTIFIED, *TRACKS, *COVER, ONE_IMAGE, main_types("RP 1.4, 4.5(3)", "AudioBookRelease"))
AUDIO_SINGLE = (
    *TITLED, *IDENTIFIED, *TRACKS, *COVER, ONE_IMAGE, _recordings(MUSIC),
    main_types("RP 1.4, 4.10(3)", "Single"),
)  # fmt: skip
VIDEO_ALBUM = (
    *TITLED, *IDENTIFIED, *TRACKS, *COVER, VIDEOS, CAPTURES, main_types("RP 1.4, 4.13(3)", "VideoAlbum"),
)  # fmt: skip
VIDEO_SINGLE = (
    *TITLED, *IDENTIFIED, TRACKS[0], VIDEOS, CAPTURES, main_types("RP 1.4, 4.14(3)", "VideoSingle"),
)  # fmt: skip
MIXED_MEDIA = (
    *TITLED, *IDENTIFIED, *TRACKS, *COVER, main_types("RP 1.4, 4.6(3)", "Bundle", "MultimediaSingle"),
    Rule("RESOURCE_KINDS_FEW", _one_kind, "there are not two kinds of primary resources", CLAUSE),
)  # fmt: skip
BOXED_SET = (
    *TITLED, *IDENTIFIED, *TRACKS, *COVER, main_types(CLAUSE, "DigitalBoxSetRelease"),
    holds("TRACK_RELEASE_COUNT", COMPONENTS, "there is no component release"),
)  # fmt: skip
_WRITERS = "ResourceList/SoundRecording/SoundRecordingDetailsByTerritory/IndirectResourceContributor"
_COMPOSERS = "[IndirectResourceContributorRole='Composer' or IndirectResourceContributorRole='ComposerLyricist']"
CLASSICAL = (
    *COMMON, *IDENTIFIED, *TRACKS, *COVER, ONE_IMAGE, _recordings(MUSIC), main_types(CLAUSE, "ClassicalAlbum"),
    holds(
        "COMPOSER_MISSING",
        f"{_WRITERS}{_COMPOSERS}",
        "no recording names its composer",
        "RP 1.4, 4.8(8)",
    ),
    Rule(
        "PUBLISHER_ABSENT",
        f"/*[not({_WRITERS}[IndirectResourceContributorRole='MusicPublisher'])]",
        "no recording names its publisher",
        "RP 1.4, 4.8(9)",
        severity=Severity.WARNING,
    ),
    Rule(
        "GROUP_TITLE_ABSENT",
        f"{MAIN}[not(ReleaseDetailsByTerritory//ResourceGroup"
        "/Title[not(@TitleType) or @TitleType='GroupingTitle'][normalize-space(TitleText)])]",
        "no group has the title of a work or a carrier",
        "RP 1.4, 4.8(13)",
        severity=Severity.WARNING,
    ),
)  # fmt: skip
RINGTONE = (
    *TITLED, *IDENTIFIED[:2], main_types(CLAUSE, "RingtoneRelease", "RingbackToneRelease"),
    Rule(
        "SOURCE_RELEASE_ABSENT",
        f"{MAIN}[not(ReleaseDetailsByTerritory/RelatedRelease[ReleaseRelationshipType='IsReleaseFromRelease'])]",
        "the release does not say which release it was taken from",
        "RP 1.4, 4.9(9)",
        severity=Severity.WARNING,
    ),
)  # fmt: skip
_NO_GROUPS = Rule(
    "GROUP_FORBIDDEN",
    "ReleaseList/Release/ReleaseDetailsByTerritory/ResourceGroup",
    "the profile has no groups",
    "RP 1.4, 4.12(7)",
)
SINGLE_RESOURCE = (
    *TITLED, *IDENTIFIED, main_types(CLAUSE, "SingleResourceRelease"), _NO_GROUPS,
    Rule("RESOURCE_COUNT", "/*[count(ResourceList/*) != 1]", "there is not exactly one resource", CLAUSE),
)  # fmt: skip
SINGLE_RESOURCE_WITH_COVER = (
    *TITLED, *IDENTIFIED[:2], main_types(CLAUSE, "SingleResourceRelease"), _NO_GROUPS,
    Rule("RESOURCE_COUNT", "/*[count(ResourceList/*) != 2]", "there are not one resource and its cover", CLAUSE),
)  # fmt: skip
FILMS = (
    *COMMON, ARTISTS,
    Rule(
        "VIDEO_ID_MISSING",
        lacking(
            "ResourceList/Video[not(VideoId[normalize-space(ISAN) or normalize-space(VISAN)"
            " or normalize-space(ProprietaryId)])]",
            PRIMARY,
        ),
        "the video has neither ISAN, V-ISAN nor ProprietaryId",
        "RP 1.4, 4.16(5)",
    ),
    holds("VIDEO_COUNT", "ResourceList/Video", "there is no video"),
    holds("COLLECTION_LIST_MISSING", "CollectionList", "there is no CollectionList", "RP 1.4, 4.16(8)"),
)  # fmt: skip
