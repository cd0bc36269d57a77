"""What is answered to a message: by what was found in it, or as was wished for."""

from __future__ import annotations

from dataclasses import dataclass

from distro_api.receiver.reports import Finding, MessageReport, Reply, errors

LIVE = "ReleaseMadeAvailableToConsumers"
REMOVED = "ReleaseNotAvailable"
REJECTED = "ProcessingErrorAtReleaseDistributor"

FILE_OK = "FileOK"
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
        "UserDefined",
    }
)
"""DDEX's ErncFileStatus."""

REFUSING = frozenset({"ProcessingErrorAtReleaseCreator", REJECTED, "ReleaseViolatesTermsOfService", "RightsConflict"})
RELEASE_STATUSES = REFUSING | {
    "DeliveredToReleaseDistributor",
    "InDeliveryToReleaseDistributor",
    "InPreparationForDeliveryToReleaseDistributor",
    "OrderPlacedForReleaseDistributor",
    LIVE,
    REMOVED,
    "ReleaseReceivedByReleaseDistributor",
    "ReleaseStagedForPublication",
    "SuccessfullyIngestedByReleaseDistributor",
    "UserDefined",
}
"""DDEX's SupplyChainStatus."""


@dataclass(frozen=True)
class Rejection:
    """A refusal on purpose, for trying out what a sender does. `icpn`: of the release, or None for every one."""

    reason: str
    icpn: str | None = None


def reply_with(status: str, icpn: str | None = None) -> Reply:
    """A reply on purpose with any status of a file or a release; raises `ValueError` for a word that DDEX lacks.

    UserDefined, which both have, is that of the file.
    """
    if status in FILE_STATUSES:
        return Reply(icpn=icpn, file_status=status)
    if status in RELEASE_STATUSES:
        return Reply(icpn=icpn, release_status=status)
    raise ValueError(f"{status!r} is neither a file status nor a release status of DDEX")


def decide(
    message: MessageReport,
    package_findings: tuple[Finding, ...],
    rejections: tuple[Rejection, ...],
    replies: tuple[Reply, ...],
) -> MessageReport:
    """Accepted, rejected for a fault, or answered as was wished for."""
    faults = errors(message.findings) + errors(package_findings)
    if faults:
        reason = "; ".join(dict.fromkeys(f"{fault.code} {fault.path}: {fault.message}" for fault in faults))
        return message.model_copy(update={"accepted": False, "status": REJECTED, "reason": reason})
    wished = next((each for each in rejections if each.icpn in {None, message.icpn}), None)
    if wished is not None:
        return message.model_copy(update={"accepted": False, "status": REJECTED, "reason": wished.reason})
    told = message.model_copy(update={"status": REMOVED if message.takedown else LIVE})
    reply = next((each for each in replies if each.icpn in {None, message.icpn}), None)
    return told if reply is None else _replied(told, reply)


def _replied(message: MessageReport, reply: Reply) -> MessageReport:
    refused = reply.file_status not in {None, FILE_OK}
    status = reply.release_status or (REJECTED if refused else message.status)
    refused = refused or status in REFUSING
    changes = {"accepted": not refused, "status": status, "reason": reply.text, "reply": reply}
    return message.model_copy(update=changes)
