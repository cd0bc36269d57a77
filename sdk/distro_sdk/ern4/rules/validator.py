"""Business rules beyond the schemas of ERN 4: DDEX's release profiles and our own.

`docs/business-rules.md` lists every rule with its code. Clauses are those of DDEX Release Profile 2.1 and 2.3.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from distro_sdk.ern.identifiers import FORMS
from distro_sdk.ern.rules import Judged, Rule, RuleSet, needed_by
from distro_sdk.ern4.rules.common import COMMON, KINDS
from distro_sdk.ern4.rules.deals import DEALS
from distro_sdk.ern4.rules.films import LONG_FORM_VIDEO
from distro_sdk.ern4.rules.mixes import DJ_MIX
from distro_sdk.ern4.rules.profiles import AUDIO, MIXED_MEDIA, VIDEO
from distro_sdk.ern4.rules.purge import PURGE
from distro_sdk.ern4.rules.singles import RINGTONE, SIMPLE_AUDIO_SINGLE, SIMPLE_VIDEO_SINGLE
from distro_sdk.ern4.rules.variants import (
    BOXED_SET,
    BOXED_TYPES,
    CLASSICAL,
    CLASSICAL_MARK,
    CLASSICAL_TYPES,
    group_types,
)
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage

PROFILES: Mapping[str, tuple[Rule, ...]] = {
    "Audio": AUDIO,
    "DjMix": DJ_MIX,
    "LongFormMusicalWorkVideo": LONG_FORM_VIDEO,
    "MixedMedia": MIXED_MEDIA,
    "Ringtone": RINGTONE,
    "SimpleAudioSingle": SIMPLE_AUDIO_SINGLE,
    "SimpleVideoSingle": SIMPLE_VIDEO_SINGLE,
    "Video": VIDEO,
}
VARIED_PROFILES = ("Audio", "MixedMedia", "Video")
VARIANTS: Mapping[str, tuple[Rule, ...]] = {
    "BoxedSet": (group_types(*BOXED_TYPES), *BOXED_SET),
    "Classical": (group_types(*CLASSICAL_TYPES), *CLASSICAL),
    "BoxedSet Classical": (group_types(*BOXED_TYPES, "MultiWorkPart"), *BOXED_SET, *CLASSICAL),
}
_BOTH = "Classical BoxedSet"

TAGS = (*(tag for kind in KINDS for tag in kind.tags), *FORMS, *needed_by((*COMMON, *DEALS, *PURGE)))
PROFILE_UNJUDGED = Rule(
    "PROFILE_UNJUDGED",
    "/*[not(@ReleaseProfileVersionId)]",
    "the message names no profile, so that only the general rules were applied",
    severity=Severity.WARNING,
)
PROFILE_UNKNOWN = Rule(
    "PROFILE_UNKNOWN", "/*[@ReleaseProfileVersionId]", "the message names no release profile of ERN 4", "RP 2.1, 5.2.1"
)
VARIANT_UNKNOWN = Rule(
    "VARIANT_UNKNOWN",
    "/*[@ReleaseProfileVariantVersionId]",
    "the message names no variant of its release profile",
    "RP 2.1, 5.2.2",
)
MESSAGE_TYPE_UNJUDGED = Rule(
    "MESSAGE_TYPE_UNJUDGED", "/*", "a message of this type is judged by its schema alone", severity=Severity.WARNING
)


class Ern4Rules:
    """Judges messages of one version of ERN 4 in the business rules stage. `format`: such as ``ern/4.3``."""

    stage = ValidationStage.BUSINESS_RULES
    only_reads = True

    def __init__(self, format: str) -> None:
        self.name = f"{format} rules"
        self.formats = frozenset({format})
        self._marks = () if format == "ern/4.2" else (CLASSICAL_MARK,)
        self._purge = RuleSet(PURGE)
        self._sets: dict[tuple[str, str], RuleSet] = {}

    def validate(self, message: ParsedMessage) -> list[ValidationIssue]:
        """Every finding, in document order."""
        judged = Judged(message, TAGS)
        if judged.name == "PurgeReleaseMessage":
            return self._purge.judge(judged)
        if judged.name != "NewReleaseMessage":
            return list(MESSAGE_TYPE_UNJUDGED.judge(judged))
        variant = judged.root.get("ReleaseProfileVariantVersionId") or ""
        return self._rules_of(judged.profile, variant).judge(judged)

    def rules(self) -> Iterable[Rule]:
        """Every rule of the version, for tables and tests."""
        every = (PROFILE_UNJUDGED, PROFILE_UNKNOWN, VARIANT_UNKNOWN, MESSAGE_TYPE_UNJUDGED, *COMMON, *DEALS, *PURGE)
        told = (rules for table in (PROFILES, VARIANTS) for rules in table.values())
        return dict.fromkeys((*every, *(rule for rules in told for rule in rules), *self._marks))

    def _rules_of(self, profile: str, variant: str) -> RuleSet:
        """The rules of a profile and its variant; what nobody knows shares one set, so that none is kept for it."""
        known = profile if profile in PROFILES or not profile else "unknown"
        variant = "BoxedSet Classical" if variant == _BOTH else variant
        if variant and (variant not in VARIANTS or profile not in VARIED_PROFILES):
            variant = "unknown"
        key = (known, variant)
        if key not in self._sets:
            self._sets[key] = RuleSet((*COMMON, *DEALS, *self._profile_rules(known), *self._variant_rules(variant)))
        return self._sets[key]

    def _profile_rules(self, profile: str) -> tuple[Rule, ...]:
        unknown = PROFILE_UNKNOWN if profile else PROFILE_UNJUDGED
        return PROFILES.get(profile, (unknown,))

    def _variant_rules(self, variant: str) -> tuple[Rule, ...]:
        if not variant:
            return ()
        marks = self._marks if "Classical" in variant else ()
        return (*VARIANTS.get(variant, (VARIANT_UNKNOWN,)), *marks)
