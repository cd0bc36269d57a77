"""The release profiles of ERN 4 with one recording or video: the simple singles and Ringtone.

DDEX RP 2.1, rules 1229 to 1242, 1288 to 1303 and 1349 to 1363.
"""

from __future__ import annotations

from distro_sdk.ern.rules import Rule
from distro_sdk.ern4.rules.profiles import CAPTURES_LINKED, EDITIONS, ISRCS, one_of, unlinked, usual_types
from distro_sdk.models.validation import Severity

CONTROLLER_PARTS = ("Territory", "RightsControllerRole", "RightSharePercentage", "StartDate", "EndDate")
TOP = "ReleaseList/Release/ResourceGroup"


def _single(kind: str, types: tuple[str, ...], images: tuple[str, ...], others: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules of a single. `kind`: the element of its resource; `types`, `images`: allowed types of it and of its
    image; `others`: elements of further resources, which it must not carry.
    """
    forbidden = " or ".join(f"self::{name}" for name in others)
    return (
        Rule(
            "TRACK_RELEASE_FORBIDDEN",
            "ReleaseList/TrackRelease",
            "the profile has no track releases",
            "RP 2.1, 5.1.1(b)",
        ),
        Rule(
            "RECORDING_COUNT" if kind == "SoundRecording" else "VIDEO_COUNT",
            f"/*[count(ResourceList/{kind}) != 1]",
            f"there is not exactly one {kind}",
            "RP 2.1, 5.1.2(a)",
        ),
        Rule(
            "RECORDING_TYPE_UNFIT" if kind == "SoundRecording" else "VIDEO_TYPE_UNFIT",
            f"ResourceList/{kind}[not({one_of('Type', types)})]",
            "the profile does not carry a {name} of this type",
            "RP 2.1, 5.1.2(b)",
        ),
        Rule(
            "IMAGE_FORBIDDEN",
            f"ResourceList/Image[position() > 1 or not({one_of('Type', images)})]",
            f"the profile carries one image at most, of type {' or '.join(images)}",
            "RP 2.1, 5.1.2(c) and (d)",
        ),
        Rule("RESOURCE_FORBIDDEN", f"ResourceList/*[{forbidden}]", "the profile carries no {name}", "RP 2.1, 5.1.2(f)"),
        Rule(
            "BONUS_FORBIDDEN",
            "ReleaseList/Release/ResourceGroup/descendant::ResourceGroupContentItem[IsBonusResource='true']",
            "the profile has no bonus resources",
            "RP 2.1, 5.1.2(e)",
        ),
        Rule(
            "SINGLE_ITEM_COUNT",
            f"{TOP}[ResourceGroup or count(ResourceGroupContentItem) != 1]",
            "there is not exactly one item in one group",
            "RP 2.1, 5.4.1(1) and (2)",
        ),
        Rule(
            "SINGLE_ITEM_UNFIT",
            f"{TOP}/ResourceGroupContentItem[not(ReleaseResourceReference = /*/ResourceList/{kind}/ResourceReference)]",
            f"the item does not refer to the {kind}",
            "RP 2.1, 5.4.1(3.1)",
        ),
        Rule(
            "FRONT_COVER_NOT_LINKED",
            unlinked("ResourceList/Image", f"{TOP}/ResourceGroupContentItem/LinkedReleaseResourceReference/text()"),
            f"the image is not linked from the item of the {kind}",
            "RP 2.1, 5.4.1(3.2)",
        ),
        Rule(
            "CONTROLLER_INCOMPLETE",
            " | ".join(
                f"ResourceList/*/ResourceRightsController[not(descendant::{part})]" for part in CONTROLLER_PARTS
            ),
            f"the rights controller does not say all of {', '.join(CONTROLLER_PARTS)}",
            "RP 2.1, 5.4.1(4)",
            severity=Severity.WARNING,
        ),
    )


WORKS = ("MusicalWorkSoundRecording", "NonMusicalWorkSoundRecording")
EXTRAS = ("Text", "SheetMusic", "Software")

SIMPLE_AUDIO_SINGLE: tuple[Rule, ...] = (
    usual_types("KaraokeRelease", "Playlist", "Single", "SingleResourceRelease", "UserDefined"),
    *_single("SoundRecording", WORKS, ("FrontCoverImage",), (*EXTRAS, "Video")),
    ISRCS,
)
SIMPLE_VIDEO_SINGLE: tuple[Rule, ...] = (
    usual_types("Playlist", "Single", "SingleResourceRelease", "UserDefined"),
    *_single(
        "Video",
        ("ShortFormMusicalWorkVideo",),
        ("FrontCoverImage", "VideoScreenCapture"),
        (*EXTRAS, "SoundRecording"),
    ),
    CAPTURES_LINKED,
    ISRCS,
)
RINGTONE: tuple[Rule, ...] = (
    usual_types(
        "AlertToneRelease",
        "Playlist",
        "RingbackToneRelease",
        "RingtoneRelease",
        "VideoMastertoneRelease",
        "UserDefined",
    ),
    *_single("SoundRecording", (*WORKS, "SpokenWordSoundRecording"), ("FrontCoverImage",), (*EXTRAS, "Video")),
    Rule(
        "RECORDING_ID_MISSING",
        f"ResourceList/SoundRecording[not({EDITIONS}/ResourceId[ISRC or ProprietaryId])]",
        "the {name} has neither ISRC nor ProprietaryId",
        "RP 2.1, 5.4.2(1)",
    ),
    Rule(
        "SOURCE_RELEASE_ABSENT",
        "ReleaseList/Release[not(RelatedRelease[ReleaseRelationshipType='IsReleaseFromRelease'])]",
        "the release does not say which release it was taken from",
        "RP 2.1, 5.4.2(4)",
        severity=Severity.WARNING,
    ),
)
