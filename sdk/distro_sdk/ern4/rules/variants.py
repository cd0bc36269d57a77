"""The variants BoxedSet and Classical of the release profiles of ERN 4 (DDEX RP 2.1, rules 1543 to 1556)."""

from __future__ import annotations

from distro_sdk.ern.rules import Rule
from distro_sdk.ern4.rules.common import PRIMARY
from distro_sdk.models.validation import Severity

SECOND_LEVEL = "ReleaseList/Release/ResourceGroup/ResourceGroup"
INNER_GROUP = "ReleaseList/Release/ResourceGroup/descendant::ResourceGroup"
PART = f"{INNER_GROUP}[@ResourceGroupType='MultiWorkPart']"
COMPONENT = f"{INNER_GROUP}[@ResourceGroupType='ReleaseComponent']"
BOXED_TYPES = ("Component", "ComponentRelease", "ReleaseComponent", "Side")
CLASSICAL_TYPES = ("Component", "MultiWorkPart", "Side")


def group_types(*types: str) -> Rule:
    """Groups of the second level are of some types."""
    return Rule(
        "GROUP_TYPE_UNFIT",
        SECOND_LEVEL + "".join(f"[@ResourceGroupType != '{name}']" for name in types),
        f"a group of the second level is a {', '.join(types[:-1])} or {types[-1]}",
        "RP 2.1, 5.3.1.2(5.2)",
    )


BOXED_SET: tuple[Rule, ...] = (
    Rule(
        "BOX_COMPONENT_COUNT",
        "ReleaseList/Release"
        "[count(ResourceGroup/descendant::ResourceGroup[@ResourceGroupType='ReleaseComponent']) < 2]",
        "the box has fewer than two groups of type ReleaseComponent",
        "RP 2.1, 5.5.1(1)",
    ),
    Rule(
        "BOX_COMPONENT_ID_MISSING",
        f"{COMPONENT}[not(ReleaseId[normalize-space(GRid) or normalize-space(ICPN)])]"
        "[not(ResourceGroupReleaseReference)]",
        "the component of the box has no GRid or ICPN",
        "RP 2.1, 5.5.1(3)",
    ),
)
CLASSICAL: tuple[Rule, ...] = (
    Rule(
        "CLASSICAL_RECORDING_MISSING",
        "/*[not(@ReleaseProfileVersionId='Video')][not(ResourceList/SoundRecording/Type='MusicalWorkSoundRecording')]",
        "a classical release has no sound recording of a musical work",
        "RP 2.1, 5.5.2(1)",
    ),
    Rule(
        "WORK_GROUP_ABSENT",
        "ReleaseList/Release[not(ResourceGroup/descendant::ResourceGroup[@ResourceGroupType='MultiWorkPart'])]",
        "a classical release has no group of type MultiWorkPart",
        "RP 2.1, 5.5.2(2.1)",
        severity=Severity.WARNING,
    ),
    Rule(
        "WORK_GROUP_SHORT",
        f"{PART}[not(ResourceGroup)][count(ResourceGroupContentItem) < 2]",
        "the group of a work has fewer than two items",
        "RP 2.1, 5.5.2(2.2)",
        severity=Severity.WARNING,
    ),
    Rule(
        "WORK_GROUPS_MIXED",
        "ReleaseList/Release/descendant::ResourceGroup[ResourceGroup[@ResourceGroupType='MultiWorkPart']]"
        "/ResourceGroup[@ResourceGroupType != 'MultiWorkPart']",
        "a group of another type stands beside the group of a work",
        "RP 2.1, 5.5.2(2.5)",
    ),
    # DDEX's own sample gives its groups a formal title alone.
    Rule(
        "WORK_GROUP_TITLE_ABSENT",
        f"{PART}[count(ResourceGroupContentItem) > 1][not(DisplayTitle or DisplayTitleText)]",
        "the group of a work has no display title",
        "RP 2.1, 5.5.2(3.3)",
        severity=Severity.WARNING,
    ),
    Rule(
        "WORK_FORMAL_TITLE_ABSENT",
        f"{PART}[count(ResourceGroupContentItem) > 1][not(FormalTitle or AdditionalTitle/@TitleType='FormalTitle')]",
        "the group of a work has no formal title",
        "RP 2.1, 5.5.2(3.4)",
        severity=Severity.WARNING,
    ),
)
# The attribute came with ERN 4.3.
CLASSICAL_MARK = Rule(
    "CLASSICAL_MARK_ABSENT",
    f"/*[not({PRIMARY}/@ApplyClassicalProfileVariant='true')]",
    "no primary resource says ApplyClassicalProfileVariant",
    "RP 2.3.1, 7.6",
    severity=Severity.WARNING,
)
