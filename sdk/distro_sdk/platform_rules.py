"""Special rules of platforms, as data: a kind, its parameters and a sentence for people (rows GDE-06 to GDE-09)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import ContributorRole, ReleaseType
from distro_sdk.models.commerce import CommercialModel, UseType
from distro_sdk.models.validation import Severity

Sentence = Annotated[str, Field(min_length=1, max_length=500)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,49}$")]


class RuleKind(StrEnum):
    """What a special rule of a platform asks for; `offer` asks for nothing and tells what the platform has."""

    ARTIST_ID = "artist_id"
    BOOKLET = "booklet"
    COMMERCIAL_TERMS = "commercial_terms"
    CONTRIBUTOR = "contributor"
    IMMERSIVE_AUDIO = "immersive_audio"
    LEAD_TIME = "lead_time"
    LOSSLESS_AUDIO = "lossless_audio"
    OFFER = "offer"
    PREVIEW = "preview"
    SAME_ON_ALL_TARGETS = "same_on_all_targets"


class PlatformRuleBase(Model):
    """What every rule has. `sentence`: what is asked and why; `severity`: an error stops a delivery."""

    severity: Severity = Severity.WARNING
    sentence: Sentence

    @property
    def parameters(self) -> dict[str, Any]:
        """What the kind of rule is told beyond its sentence, as JSON."""
        return self.model_dump(mode="json", exclude={"kind", "severity", "sentence"})


class ArtistIdRule(PlatformRuleBase):
    """Each main artist has an identifier of the platform. `namespace`: as in its proprietary ids."""

    kind: Literal[RuleKind.ARTIST_ID]
    namespace: Word


class BookletRule(PlatformRuleBase):
    """Releases of these types carry a digital booklet."""

    kind: Literal[RuleKind.BOOKLET]
    types: tuple[ReleaseType, ...] = Field(default=(ReleaseType.ALBUM,), min_length=1, max_length=len(ReleaseType))


class CommercialTermsRule(PlatformRuleBase):
    """The target offers this commercial model, and this use where one is named."""

    kind: Literal[RuleKind.COMMERCIAL_TERMS]
    commercial_model: CommercialModel
    use_type: UseType | None = None


class ContributorRule(PlatformRuleBase):
    """Each track names a contributor in one of the roles. `sung_only`: leave instrumental tracks out."""

    kind: Literal[RuleKind.CONTRIBUTOR]
    roles: tuple[ContributorRole, ...] = Field(min_length=1, max_length=len(ContributorRole))
    sung_only: bool = False


class ImmersiveAudioRule(PlatformRuleBase):
    """Immersive twins that a release has are delivered."""

    kind: Literal[RuleKind.IMMERSIVE_AUDIO]


class LeadTimeRule(PlatformRuleBase):
    """Hours between the moment of the check and the first hour of the release date, in UTC."""

    kind: Literal[RuleKind.LEAD_TIME]
    hours: int = Field(ge=1, le=24 * 365)


class LosslessAudioRule(PlatformRuleBase):
    """Every recording is lossless."""

    kind: Literal[RuleKind.LOSSLESS_AUDIO]


class OfferRule(PlatformRuleBase):
    """Something the platform has beside, that is set up with it and not delivered: told, never judged."""

    kind: Literal[RuleKind.OFFER]
    name: Word


class PreviewRule(PlatformRuleBase):
    """Each recording says which part of it is played as a preview. `shortest`, `longest`: seconds."""

    kind: Literal[RuleKind.PREVIEW]
    shortest: int = Field(default=1, ge=1, le=600)
    longest: int = Field(default=600, ge=1, le=600)

    @model_validator(mode="after")
    def _limits_are_in_order(self) -> Self:
        if self.longest < self.shortest:
            raise ValueError("the longest preview is shorter than the shortest")
        return self


class SameOnAllTargetsRule(PlatformRuleBase):
    """Title and cover are what other targets were given."""

    kind: Literal[RuleKind.SAME_ON_ALL_TARGETS]


PlatformRule = Annotated[
    ArtistIdRule
    | BookletRule
    | CommercialTermsRule
    | ContributorRule
    | ImmersiveAudioRule
    | LeadTimeRule
    | LosslessAudioRule
    | OfferRule
    | PreviewRule
    | SameOnAllTargetsRule,
    Field(discriminator="kind"),
]
"""A rule of any kind; a kind or a parameter that nobody knows is refused when the profile is read."""
