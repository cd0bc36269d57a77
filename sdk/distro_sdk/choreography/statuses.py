"""DDEX's words for the state of a release and of a file, in ours."""

from __future__ import annotations

from collections.abc import Mapping

from distro_sdk.models.delivery import AcknowledgementStatus

USER_DEFINED = "UserDefined"
FILE_OK = "FileOK"

RELEASE_STATUSES: Mapping[str, AcknowledgementStatus] = {
    "OrderPlacedForReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "InPreparationForDeliveryToReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "InDeliveryToReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "DeliveredToReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "ReleaseReceivedByReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "SuccessfullyIngestedByReleaseDistributor": AcknowledgementStatus.INGESTED,
    "ReleaseStagedForPublication": AcknowledgementStatus.INGESTED,
    "ReleaseMadeAvailableToConsumers": AcknowledgementStatus.LIVE,
    "ReleaseNotAvailable": AcknowledgementStatus.REMOVED,
    "ProcessingErrorAtReleaseCreator": AcknowledgementStatus.REJECTED,
    "ProcessingErrorAtReleaseDistributor": AcknowledgementStatus.REJECTED,
    "ReleaseViolatesTermsOfService": AcknowledgementStatus.REJECTED,
    "RightsConflict": AcknowledgementStatus.REJECTED,
}
"""SupplyChainStatus of version 1.8 but for UserDefined."""

FILE_STATUSES = frozenset(
    {
        FILE_OK,
        "ArtistRoleUnknown",
        "CommercialReleaseDateInvalid",
        "ConflictingAvailabilityPeriods",
        "DuplicatedPublisherNames",
        "ErnMissing",
        "IdentifierInvalid",
        "IdentifierSyntaxInvalid",
        "InternalError",
        "MetadataMissing",
        "NewReleaseMessageInvalid",
        "NoDealForTrackRelease",
        "NoDealInNewReleaseMessage",
        "OriginalReleaseDateLaterThanReleaseDate",
        "PrimaryArtistNameMissing",
        "ResourceCorrupt",
        "ResourceMissing",
        "ResourceNotMeetingSpecifications",
        "SignatureOrHashSumWrongOrMissing",
        "UnsupportedUsage",
        USER_DEFINED,
        # FileStatus of versions 1.4 and 1.5.
        "FileMissing",
        "HashSumWrong",
        "SignatureWrong",
    }
)
"""ErncFileStatus of versions 1.6 and 1.8 and what was there before; all but FileOK refuse the file."""
