"""The release profiles of ERN 4 that carry several resources: Audio, Video, MixedMedia (DDEX RP 2.1, 1045 to 1183)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml.etree import _Element

from distro_sdk.ern.rules import Judged, Rule
from distro_sdk.ern4.rules.tracks import BONUS, TRACKS
from distro_sdk.models.validation import Severity

# What identifies a resource stands on itself up to ERN 4.2, in its edition from 4.3 on.
EDITIONS = "(. | SoundRecordingEdition | VideoEdition)"
COVERS = "ResourceList/Image[Type='FrontCoverImage']"
ALBUMS = (
    "Album", "Bundle", "ClassicalAlbum", "ClassicalDigitalBoxedSet", "DigitalBoxSetRelease", "Documentary", "EP",
    "Episode", "MaxiSingle", "MiniAlbum", "Playlist", "Season", "Series", "UserDefined",
)  # fmt: skip


def one_of(name: str, values: tuple[str, ...]) -> str:
    """An XPath test that some child has one of some values."""
    return " or ".join(f"{name}='{value}'" for value in values)


def usual_types(*types: str) -> Rule:
    """The main release is of a type that the profile is for."""
    return Rule(
        "RELEASE_TYPE_UNUSUAL",
        f"ReleaseList/Release[not({one_of('ReleaseType', types)})]/ReleaseType[1]",
        "the release type {value} is unusual for the profile",
        "RP 2.1, 5.1.3",
        severity=Severity.WARNING,
    )


def unlinked(images: str, links: str) -> Callable[[Judged], Iterator[_Element]]:
    """Finds images that are not linked. `images`: an XPath to them; `links`: one to the texts of the links."""

    def find(message: Judged) -> Iterator[_Element]:
        loose = set(message.texts(f"{images}/ResourceReference/text()")).difference(message.texts(links))
        for image in message.select(images) if loose else ():
            if image.findtext("ResourceReference") in loose:
                yield image

    return find


ISRCS = Rule(
    "RECORDING_ISRC_MISSING",
    " | ".join(
        f"ResourceList/{kind}[not({kind}Edition/ResourceId/ISRC/text())]"
        "[not(ResourceId/ISRC/text())][not(@IsSupplemental='true')]"
        for kind in ("SoundRecording", "Video")
    ),
    "the {name} has no ISRC",
    "RP 2.1, 5.3.1.4(1)",
)
COVER_LINKED = Rule(
    "FRONT_COVER_NOT_LINKED",
    unlinked(COVERS, "ReleaseList/Release/ResourceGroup/LinkedReleaseResourceReference/text()"),
    "the front cover is not linked from the release's top group",
    "RP 2.1, 5.3.1.2(5.8)",
)
COVER = (
    Rule("FRONT_COVER_COUNT", f"/*[count({COVERS}) != 1]", "there is not exactly one front cover", "RP 2.1, 5.1.2(b)"),
    COVER_LINKED,
)
RECORDINGS = Rule(
    "RECORDING_COUNT",
    "/*[not(ResourceList/SoundRecording/Type[.='MusicalWorkSoundRecording' or .='NonMusicalWorkSoundRecording'])]",
    "there is no sound recording of a musical or non-musical work",
    "RP 2.1, 5.1.2(a)",
)
VIDEOS = Rule(
    "VIDEO_COUNT",
    "/*[not(ResourceList/Video[Type='ShortFormMusicalWorkVideo'])]",
    "there is no short-form video of a musical work",
    "RP 2.1, 5.1.2(a)",
)
CAPTURES_LINKED = Rule(
    "SCREEN_CAPTURE_NOT_LINKED",
    unlinked(
        "ResourceList/Image[Type='VideoScreenCapture']",
        "ReleaseList/Release/ResourceGroup/descendant::ResourceGroupContentItem"
        "/LinkedReleaseResourceReference[@LinkDescription='VideoScreenCapture']/text()",
    ),
    "the screen capture is not linked from an item with the LinkDescription VideoScreenCapture",
    "RP 2.1, 5.3.1.2(5.9)",
)

AUDIO: tuple[Rule, ...] = (
    usual_types(*ALBUMS, "EBookRelease", "KaraokeRelease", "Single", "StemBundle"),
    RECORDINGS,
    *COVER,
    ISRCS,
    *BONUS,
    *TRACKS,
)
VIDEO: tuple[Rule, ...] = (
    usual_types(*ALBUMS, "ConcertVideo", "LiveEventVideo", "VideoAlbum", "VideoSingle"),
    VIDEOS,
    Rule(
        "FRONT_COVER_COUNT",
        f"/*[count(ResourceList/Video) != 1][count({COVERS}) != 1]",
        "several videos have exactly one front cover",
        "RP 2.1, 5.1.2(b)",
    ),
    Rule(
        "FRONT_COVER_FORBIDDEN",
        f"/*[count(ResourceList/Video) = 1]/{COVERS}",
        "a single video has no front cover, but a screen capture",
        "RP 2.1, 5.1.2(c)",
    ),
    COVER_LINKED,
    CAPTURES_LINKED,
    ISRCS,
    *BONUS,
    *TRACKS,
)
MIXED_MEDIA: tuple[Rule, ...] = (
    usual_types(
        *ALBUMS,
        *("ClassicalMultimediaAlbum", "EBookRelease", "MultimediaAlbum", "MultimediaDigitalBoxedSet"),
        *("MultimediaSingle", "Single"),
    ),
    RECORDINGS,
    VIDEOS,
    *COVER,
    CAPTURES_LINKED,
    ISRCS,
    *BONUS,
    *TRACKS,
)
