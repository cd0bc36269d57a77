"""Closed lists of words, spelled as the field spells them, so that a value reads the same here and in messages."""

from __future__ import annotations

from enum import Enum
from typing import Literal

import strawberry

from distro_core.delivery.documents import AttemptStatus, LogLevel, TransferStatus, WaitReason
from distro_core.delivery.failures.attention import AttentionResolution
from distro_core.delivery.failures.classes import ErrorClass, ErrorRecovery, ErrorSeverity
from distro_core.delivery.failures.reports import Timeframe, TrendDirection
from distro_core.delivery.limits.circuit_documents import CircuitState
from distro_core.delivery.readiness.issues import ReadinessGroup
from distro_core.delivery.requests.bulk_progress import BulkStatus
from distro_core.delivery.requests.recurrence import Frequency
from distro_core.delivery.requests.schedule_documents import ScheduleStatus
from distro_core.delivery.requests.schedules import OnConflict
from distro_core.delivery.status.aggregation import DistributionStatus
from distro_core.delivery.status.projections import DeliveryPhase, PlatformWord, QueueStatus, ReleaseWord
from distro_core.delivery.targets.connection_test import ConnectionLayer
from distro_core.delivery.targets.times import TargetScheduleType
from distro_core.identity.branding import BrandFont
from distro_core.identity.documents import Role, TenantType
from distro_core.manual.documents import ExportFormat
from distro_core.manual.status_import import RowOutcome
from distro_core.notifications.channels.documents import DispatchStatus
from distro_core.notifications.documents import NotificationType
from distro_core.platforms.health import HealthStatus
from distro_core.plugins.tasks.documents import TaskOutcome
from distro_core.queue.port import Priority
from distro_sdk.adapters import AdapterAction, ConnectionType
from distro_sdk.errors import ErrorCategory, ErrorSubCode
from distro_sdk.health import CheckStatus
from distro_sdk.models.assets import AssetKind, AudioFormat, ImageFormat, VideoFormat
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ImageType,
    ParentalWarning,
    ReleaseStatus,
    ReleaseType,
    ResourceType,
    VideoType,
)
from distro_sdk.models.commerce import CommercialModel, RightsClaimPolicy, UseType
from distro_sdk.models.delivery import AcknowledgementStatus, DeliveryStatus, FileKind, TargetType
from distro_sdk.models.enrichment_words import (
    AudioCharacteristic,
    ContentAdvisory,
    Instrument,
    Mood,
    PlaylistSuitability,
    RecordingTechnique,
    Season,
    TempoDescription,
    VocalCharacteristic,
    VocalRegister,
)
from distro_sdk.models.message import HashAlgorithm, MessageSubtype, ReleaseProfile, TakedownForm
from distro_sdk.models.validation import Severity, ValidationStage
from distro_sdk.notifiers import NotificationSeverity
from distro_sdk.platform_rules import RuleKind
from distro_sdk.platforms import DeliveryMethod, PlatformCategory

ENUMS: dict[type[Enum], str] = {
    AcknowledgementStatus: "What a platform said of a message, in one vocabulary for all formats.",
    AdapterAction: "What an adapter of a platform may be able to do.",
    ArtistRole: "How an artist is shown to the public (DDEX DisplayArtistRole).",
    AssetKind: "What an asset is used for.",
    AttentionResolution: "What is to become of a delivery that needed somebody; `keep`: it stays as it is.",
    CheckStatus: "What a health check found; `unused`: there is nothing to look at.",
    CircuitState: "Whether a target is delivered to; `half_open`: one request tries it.",
    ErrorClass: "Whether time alone may mend a failure.",
    ErrorRecovery: "What is done about a failure.",
    ErrorSeverity: "How bad a failure is.",
    ErrorSubCode: "What a category of failures leaves open.",
    NotificationType: "What a notification is about.",
    Timeframe: "How far back to look: a day, 7 days, 30 days.",
    TrendDirection: "How failures of a kind develop.",
    WaitReason: "Why a delivery waits although it is due.",
    AttemptStatus: "How an attempt ended; `partial`: some files are at the receiver, the next attempt skips them.",
    AudioCharacteristic: "How a recording sounds.",
    AudioFormat: "Audio files that the platform reads.",
    BrandFont: "Which of a machine's own letters are used.",
    ContentAdvisory: "Why advice for parents is given.",
    BulkStatus: "Where a bulk distribution stands; `partial`: all has ended, some of it badly.",
    CommercialModel: "How the consumer pays (DDEX CommercialModelType).",
    ConnectionType: "How a platform is reached; `manual`: by a person.",
    ConnectionLayer: "Where a connection fails, from the outside in.",
    ContributorRole: "What a contributor did (DDEX ContributorRole).",
    DeliveryMethod: "How a platform wants to be delivered to; `hybrid`: files by FTP, the rest by its interface.",
    DeliveryPhase: "Where a delivery stands, in five coarse words.",
    DeliveryStatus: "Where a delivery stands.",
    DispatchStatus: "How far a notification has come on its way to somebody.",
    DistributionStatus: "The status of a release on all its platforms.",
    ErrorCategory: "Why a delivery failed.",
    ExportFormat: "The format of a table for people and portals.",
    FileKind: "What a file of a package is.",
    Frequency: "How often something comes again; a day that a month lacks is its last day.",
    HashAlgorithm: "By which hash a message tells of its files.",
    HealthStatus: "How a platform does, by the latest deliveries to it.",
    ImageFormat: "Image files that the platform reads.",
    ImageType: "What an image of a release shows.",
    Instrument: "What is played.",
    LogLevel: "How a log line is meant.",
    MessageSubtype: "Why a release is told about.",
    Mood: "The feeling of music.",
    ParentalWarning: "Advice for parents (DDEX ParentalWarningType).",
    NotificationSeverity: "How a notification is meant.",
    PlatformCategory: "What kind of service a platform is.",
    PlatformWord: "Where a release is on a platform, in words for people.",
    PlaylistSuitability: "For which playlists music is made.",
    ReadinessGroup: "A part of the checklist before distribution.",
    QueueStatus: "Where a delivery stands, in the words of the queue.",
    RecordingTechnique: "How was recorded.",
    ReleaseProfile: "The DDEX release profile that a message follows.",
    ReleaseStatus: "Where a release stands in its life.",
    ReleaseType: "What kind of product a release is.",
    ReleaseWord: "How far a release has come, in words for people.",
    ResourceType: "What a track is.",
    RightsClaimPolicy: "What a service does with users' content that contains the recording.",
    Role: "What a user may do: `admin` all, `manager` catalogue and deliveries, `viewer` look at the catalogue.",
    RowOutcome: "What came of a row of a table; `skipped`: it says no status.",
    RuleKind: "What a special rule of a platform is about; `offer` tells what it has and asks for nothing.",
    Priority: (
        "How soon a delivery has its turn. What has waited longest is next, and each counts as having waited longer: "
        "urgent by 24 hours, high by 4, normal by 1."
    ),
    OnConflict: "Where the same release and target have a schedule: the new one is refused, or takes its place.",
    ScheduleStatus: "Whether a schedule still has something before it; `failed`: its last run could not be made whole.",
    Season: "The time of the year that music is for.",
    Severity: "An error stops a delivery, a warning is told.",
    TakedownForm: "How a message says that a release is withdrawn.",
    TaskOutcome: "What became of a run of a plugin's task; `skipped`: its tenant has no licence for it.",
    TempoDescription: "How fast music is: to 60, 80, 120, 140 beats a minute, or faster.",
    TargetScheduleType: "How deliveries to a target are timed that say nothing else.",
    TargetType: "What kind of receiver a target is.",
    TenantType: "What kind of organisation a tenant is.",
    TransferStatus: "How far a file has come in an attempt.",
    UseType: "What the consumer may do (DDEX UseType).",
    VideoFormat: "Video files that the platform reads.",
    VideoType: "What kind of video a track is (DDEX VideoType).",
    VocalCharacteristic: "How is sung, if at all.",
    VocalRegister: "How high or low is sung.",
    ValidationStage: "A stage of validation, in the order in which they run.",
}

_NAMED_BY_KEY = frozenset({HashAlgorithm, ReleaseWord, NotificationType})
"""Those with a value that is no name in GraphQL, such as `SHA-256`."""

for _enum, _description in ENUMS.items():
    _source: Literal["key", "value"] = "key" if _enum in _NAMED_BY_KEY else "value"
    strawberry.enum(_enum, description=_description, graphql_name_from=_source)
