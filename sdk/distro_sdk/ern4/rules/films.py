"""The release profile LongFormMusicalWorkVideo of ERN 4 (DDEX RP 2.1, rules 1409 to 1431)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.rules import Judged, Rule
from distro_sdk.ern4.rules.profiles import CAPTURES_LINKED, EDITIONS, one_of, usual_types
from distro_sdk.ern4.rules.tracks import BONUS
from distro_sdk.models.validation import Severity

FILMS = ("LongFormMusicalWorkVideo", "ConcertVideo")
TRAILERS = ("MusicalWorkTrailer", "NonMusicalWorkTrailer")
# From ERN 4.3 on a trailer has the type of its film and says what it is in RecordingFormat.
FILM = f"Video[{one_of('Type', FILMS)}][not({one_of('RecordingFormat', TRAILERS)})]"
COVERS = ("FrontCoverImage", "Poster")
CUE = "CueSheetList/CueSheet/Cue"


def _other_images(message: Judged) -> Iterator[_Element]:
    captures = set(message.texts("ResourceList/Image[Type='VideoScreenCapture']/ResourceReference/text()"))
    for reference in message.select("ChapterList/Chapter/RepresentativeImageReference"):
        if reference.text not in captures:
            yield reference


LONG_FORM_VIDEO: tuple[Rule, ...] = (
    usual_types(
        *("ConcertVideo", "DigitalBoxSetRelease", "Documentary", "Episode", "FeatureFilm"),
        *("LongFormMusicalWorkVideoRelease", "LongFormNonMusicalWorkVideoRelease"),
        *("Playlist", "Season", "Series", "UserDefined"),
    ),
    Rule(
        "TRACK_RELEASE_FORBIDDEN",
        "ReleaseList/TrackRelease",
        "the profile has no track releases",
        "RP 2.1, 5.1.1(b)",
    ),
    Rule(
        "VIDEO_COUNT",
        f"/*[count(ResourceList/{FILM}) != 1]",
        "there is not exactly one long-form or concert video",
        "RP 2.1, 5.1.2(a)",
    ),
    Rule(
        "VIDEO_TYPE_UNFIT",
        f"ResourceList/Video[not({one_of('Type', (*FILMS, *TRAILERS))})]",
        "the profile carries only its film and trailers",
        "RP 2.1, 5.1.2(b)",
    ),
    Rule(
        "FRONT_COVER_COUNT",
        f"/*[count(ResourceList/Image[{one_of('Type', COVERS)}]) != 1]",
        "there is not exactly one front cover or poster",
        "RP 2.1, 5.1.2(c)",
    ),
    Rule(
        "IMAGE_FORBIDDEN",
        f"ResourceList/Image[not({one_of('Type', (*COVERS, 'VideoScreenCapture'))})]",
        "the profile carries front cover, poster and screen captures only",
        "RP 2.1, 5.1.2(d)",
    ),
    Rule(
        "VIDEO_ID_MISSING",
        f"ResourceList/Video[not({EDITIONS}/ResourceId[ISRC or ProprietaryId])]",
        "the video has neither ISRC nor ProprietaryId",
        "RP 2.1, 5.4.3(1)",
    ),
    Rule("CHAPTER_ID_MISSING", "ChapterList/Chapter[not(ChapterId)]", "the chapter has no id", "RP 2.1, 5.4.3(2.1)"),
    Rule(
        "CHAPTER_START_MISSING",
        "ChapterList/Chapter[not(StartTime)]",
        "the chapter has no StartTime",
        "RP 2.1, 5.4.3(2.2a)",
    ),
    Rule(
        "CHAPTER_IMAGE_UNFIT",
        _other_images,
        "the image of the chapter, {value}, is no screen capture",
        "RP 2.1, 5.4.3(2.2b)",
    ),
    Rule(
        "CUE_SHEET_MISSING",
        f"ResourceList/{FILM}[not(@IsSupplemental='true')][not(VideoCueSheetReference or ReasonForCueSheetAbsence)]",
        "the video has neither a cue sheet nor a reason for its absence",
        "RP 2.1, 5.4.3(3)",
    ),
    Rule(
        "CUE_ID_MISSING",
        f"{CUE}[not(normalize-space(ResourceId/ISRC))][not(normalize-space(WorkId/ISWC))]",
        "the cue has neither ISRC nor ISWC",
        "RP 2.1, 5.4.3(4.2)",
    ),
    Rule("CUE_CONTRIBUTOR_MISSING", f"{CUE}[not(Contributor)]", "the cue has no contributor", "RP 2.1, 5.4.3(4.3)"),
    Rule(
        "CUE_P_LINE_MISSING",
        f"{CUE}[ResourceId/ISRC][not(PLine)]",
        "the cue of a recording has no PLine",
        "RP 2.1, 5.4.3(4.4)",
    ),
    Rule(
        "POSTER_MISSING",
        "/*[ReleaseList/Release/ReleaseType='FeatureFilm'][not(ResourceList/Image/Type='Poster')]",
        "a feature film has no poster",
        "RP 2.1, 5.4.3(6)",
        severity=Severity.WARNING,
    ),
    CAPTURES_LINKED,
    *BONUS,
)
