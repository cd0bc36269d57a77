"""The release profile LongformMusicVideo of ERN 3.8.2 (RP 1.4, 3.1 and 4.8)."""

from __future__ import annotations

from distro_plugins.ern382.rules.profiles import CLAUSE, IDENTIFIED, PRIMARY, TITLED, holds, lacking, main_types
from distro_sdk.ern.rules import Rule

CUE = "CueSheetList/CueSheet/Cue"
CHAPTER = "CollectionList/Collection"
CREATION = "ReferencedCreationId[normalize-space(ISRC) or normalize-space(ISWC)]"


def _cue(code: str, lack: str, text: str, clause: str) -> Rule:
    return Rule(code, f"{CUE}[not({lack})]", text, f"RP 1.4, 4.8({clause})")


LONG_FORM_VIDEO: tuple[Rule, ...] = (
    *TITLED,
    *IDENTIFIED,
    main_types(CLAUSE, "LongFormMusicalWorkVideoRelease"),
    holds(
        "VIDEO_COUNT",
        "ResourceList/Video[VideoType='LongFormMusicalWorkVideo' or VideoType='ConcertVideo'"
        " or VideoType='Documentary']",
        "there is no long-form video, concert or documentary",
    ),
    holds("FRONT_COVER_COUNT", "ResourceList/Image", "there is no image"),
    Rule("RELEASE_COUNT", "/*[count(ReleaseList/Release) != 1]", "there is not exactly one release", CLAUSE),
    Rule(
        "CUE_SHEET_MISSING",
        lacking("ResourceList/Video[not(VideoCueSheetReference or ReasonForCueSheetAbsence)]", PRIMARY),
        "the video has neither a cue sheet nor a reason for its absence",
        "RP 1.4, 4.8(9a)",
    ),
    _cue(
        "CUE_WITHOUT_TIME",
        "normalize-space(StartTime) and normalize-space(Duration)",
        "the cue has no StartTime or no Duration",
        "9c",
    ),
    _cue("CUE_ID_MISSING", CREATION, "the cue has neither ISRC nor ISWC", "9e1"),
    _cue(
        "CUE_TITLE_MISSING",
        "ReferencedCreationTitle[@TitleType='FormalTitle'] and ReferencedCreationTitle[@TitleType='DisplayTitle']",
        "the cue has no formal or no display title",
        "9e2",
    ),
    _cue("CUE_CONTRIBUTOR_MISSING", "ReferencedCreationContributor", "the cue has no contributor", "9e3"),
    _cue("CUE_P_LINE_MISSING", "PLine and CLine", "the cue has no PLine or no CLine", "9e3 and 9e6"),
    Rule(
        "CHAPTER_TYPE_UNFIT",
        f"{CHAPTER}[not(CollectionType='VideoChapter')]",
        "the collection is no VideoChapter",
        "RP 1.4, 4.8(10a)",
    ),
    Rule(
        "CHAPTER_ID_MISSING",
        f"{CHAPTER}[not(CollectionId/ProprietaryId[normalize-space()])]",
        "the chapter has no ProprietaryId",
        "RP 1.4, 4.8(10b)",
    ),
    Rule("CHAPTER_TITLE_MISSING", f"{CHAPTER}[not(Title)]", "the chapter has no title", "RP 1.4, 4.8(10c)"),
    Rule(
        "CHAPTER_START_MISSING",
        "ResourceList/Video/VideoCollectionReferenceList/SoundRecordingCollectionReference"
        "[not(normalize-space(StartTime))]",
        "the chapter has no StartTime",
        "RP 1.4, 4.8(10h)",
    ),
)
