"""Closed lists of words, spelled as the field spells them, so that a value reads the same here and in messages."""

from __future__ import annotations

from enum import Enum

import strawberry

from distro_core.delivery.documents import AttemptStatus, LogLevel, TransferStatus
from distro_core.identity.documents import Role, TenantType
from distro_core.notifications.documents import NotificationSeverity
from distro_sdk.errors import ErrorCategory
from distro_sdk.models.assets import AssetKind, AudioFormat, ImageFormat
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ImageType,
    ParentalWarning,
    ReleaseStatus,
    ReleaseType,
)
from distro_sdk.models.commerce import CommercialModel, UseType
from distro_sdk.models.delivery import AcknowledgementStatus, DeliveryStatus, FileKind, TargetType
from distro_sdk.models.message import MessageSubtype, ReleaseProfile
from distro_sdk.models.validation import Severity, ValidationStage

ENUMS: dict[type[Enum], str] = {
    AcknowledgementStatus: "What a platform said of a message, in one vocabulary for all formats.",
    ArtistRole: "How an artist is shown to the public (DDEX DisplayArtistRole).",
    AssetKind: "What an asset is used for.",
    AttemptStatus: "How an attempt ended; `partial`: some files are at the receiver, the next attempt skips them.",
    AudioFormat: "Audio files that the platform reads.",
    CommercialModel: "How the consumer pays (DDEX CommercialModelType).",
    ContributorRole: "What a contributor did (DDEX ContributorRole).",
    DeliveryStatus: "Where a delivery stands.",
    ErrorCategory: "Why a delivery failed.",
    FileKind: "What a file of a package is.",
    ImageFormat: "Image files that the platform reads.",
    ImageType: "What an image of a release shows.",
    LogLevel: "How a log line is meant.",
    MessageSubtype: "Why a release is told about.",
    ParentalWarning: "Advice for parents (DDEX ParentalWarningType).",
    NotificationSeverity: "How a notification is meant.",
    ReleaseProfile: "The DDEX release profile that a message follows.",
    ReleaseStatus: "Where a release stands in its life.",
    ReleaseType: "What kind of product a release is.",
    Role: "What a user may do: `admin` all, `manager` catalogue and deliveries, `viewer` look at the catalogue.",
    Severity: "An error stops a delivery, a warning is told.",
    TargetType: "What kind of receiver a target is.",
    TenantType: "What kind of organisation a tenant is.",
    TransferStatus: "How far a file has come in an attempt.",
    UseType: "What the consumer may do (DDEX UseType).",
    ValidationStage: "A stage of validation, in the order in which they run.",
}

for _enum, _description in ENUMS.items():
    strawberry.enum(_enum, description=_description, graphql_name_from="value")
