"""Where, when and how a release may be used: territories, rights and commercial terms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from distro_sdk.models.base import Model

WORLDWIDE = "Worldwide"
TerritoryCode = Annotated[str, Field(pattern=r"^([A-Z]{2}|Worldwide)$")]


class CommercialModel(StrEnum):
    """How the consumer pays (DDEX CommercialModelType)."""

    SUBSCRIPTION = "SubscriptionModel"
    ADVERTISEMENT_SUPPORTED = "AdvertisementSupportedModel"
    PAY_AS_YOU_GO = "PayAsYouGoModel"
    RIGHTS_CLAIM = "RightsClaimModel"
    FREE_OF_CHARGE = "FreeOfChargeModel"


class UseType(StrEnum):
    """What the consumer may do (DDEX UseType)."""

    ON_DEMAND_STREAM = "OnDemandStream"
    NON_INTERACTIVE_STREAM = "NonInteractiveStream"
    STREAM = "Stream"
    PERMANENT_DOWNLOAD = "PermanentDownload"
    CONDITIONAL_DOWNLOAD = "ConditionalDownload"
    USER_MAKE_AVAILABLE_LABEL_PROVIDED = "UserMakeAvailableLabelProvided"
    USER_MAKE_AVAILABLE_USER_PROVIDED = "UserMakeAvailableUserProvided"


class Territories(Model):
    """Included and excluded territories, ISO 3166-1 alpha-2 or `Worldwide` (row TER-01).

    `Worldwide` stands alone: with exclusions it means everywhere else.
    """

    included: tuple[TerritoryCode, ...] = Field(default=(WORLDWIDE,), min_length=1, max_length=300)
    excluded: tuple[TerritoryCode, ...] = Field(default=(), max_length=300)

    @model_validator(mode="after")
    def _worldwide_stands_alone(self) -> Self:
        if WORLDWIDE in self.included and len(self.included) > 1:
            raise ValueError("Worldwide cannot be combined with single territories")
        if WORLDWIDE in self.excluded:
            raise ValueError("Worldwide cannot be excluded")
        if overlap := set(self.included) & set(self.excluded):
            raise ValueError(f"included and excluded at once: {', '.join(sorted(overlap))}")
        return self


class Rights(Model):
    """The period in which the label holds the rights, and the price codes it asks for (rows RGT-01 and RGT-02).

    `price_code`: of the whole release; `track_price_code`: of each track where it is sold alone.
    """

    start_date: date
    end_date: date | None = None
    price_code: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    track_price_code: Annotated[str, Field(min_length=1, max_length=50)] | None = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.end_date is not None and self.end_date < self.start_date:
            raise ValueError("the rights end before they start")
        return self


class TerritoryGroup(Model):
    """Territories in which a release is offered at dates, or for a price, of their own; no territory is in two groups.

    Dates: local calendar dates; `price_code` takes the place of that of the rights.
    """

    territories: Territories
    start_date: date
    end_date: date | None = None
    price_code: Annotated[str, Field(min_length=1, max_length=50)] | None = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.end_date is not None and self.end_date < self.start_date:
            raise ValueError("the offer ends before it starts")
        return self


class Visibility(Model):
    """From when a release is shown before its release date: local calendar dates; those left out equal the first."""

    display_start: date
    cover_art_start: date | None = None
    track_listing_start: date | None = None
    clip_start: date | None = None


class RightsClaimPolicy(StrEnum):
    """What a service does with users' content that contains the recording (DDEX RightsClaimPolicyType)."""

    MONETIZE = "Monetize"
    REPORT_USAGE = "ReportUsage"
    BLOCK_ACCESS = "BlockAccess"


class Price(Model):
    """An amount in the currency's major unit, with its ISO 4217 code."""

    amount: Decimal = Field(ge=0)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CommercialTerms(Model):
    """One deal that a target offers: a commercial model with its uses (row COM-01).

    `price`: of a whole release, `track_price`: of a track that is sold alone; `claim_policy`: belongs to the model of
    rights claims, and to no other.
    """

    commercial_model: CommercialModel
    use_types: tuple[UseType, ...] = Field(min_length=1)
    price: Price | None = None
    track_price: Price | None = None
    claim_policy: RightsClaimPolicy | None = None

    @model_validator(mode="after")
    def _only_claims_have_a_policy(self) -> Self:
        if self.claim_policy and self.commercial_model is not CommercialModel.RIGHTS_CLAIM:
            raise ValueError("only rights claims have a policy")
        return self

    @model_validator(mode="after")
    def _uses_are_named_once(self) -> Self:
        if len(set(self.use_types)) != len(self.use_types):
            raise ValueError("a use type is named twice")
        return self
