"""What people are told of a delivery that came to a status."""

from __future__ import annotations

from collections.abc import Mapping

from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.notifiers import NotificationSeverity as Severity

WORDING: Mapping[Status, tuple[Severity, str, str]] = {
    Status.CREATED: (Severity.INFO, "is to be delivered to", "The delivery was made."),
    Status.VALIDATING: (Severity.INFO, "is validated for", "The message is being validated."),
    Status.QUEUED: (Severity.INFO, "waits for its delivery to", "The message is valid and waits for a worker."),
    Status.SCHEDULED: (Severity.INFO, "is scheduled for", "The delivery begins by itself when its time comes."),
    Status.PREPARING: (Severity.INFO, "is packed for", "The package is being prepared."),
    Status.UPLOADING: (Severity.INFO, "is on its way to", "The package is being uploaded."),
    Status.PROCESSING_BY_PLATFORM: (Severity.INFO, "is processed by", "The platform has the package; wait for it."),
    Status.DISTRIBUTED: (Severity.SUCCESS, "was delivered to", "The platform has the whole package."),
    Status.LIVE: (Severity.SUCCESS, "is live on", "The platform has accepted the release."),
    Status.REJECTED: (Severity.ERROR, "was rejected by", "Mend what the platform names and try again."),
    Status.UPDATING: (Severity.INFO, "is updated on", "The platform has the update; wait for it."),
    Status.UPDATED: (Severity.SUCCESS, "was updated on", "The platform has taken over the update."),
    Status.TAKEDOWN_REQUESTED: (Severity.INFO, "is taken down from", "The platform has the takedown; wait for it."),
    Status.REMOVED: (Severity.SUCCESS, "was taken down from", "The platform has removed the release."),
    Status.FAILED: (Severity.ERROR, "could not be delivered to", "All attempts have failed."),
    Status.RETRYING: (Severity.WARNING, "is tried again for", "An attempt has failed; the next one comes by itself."),
    Status.NEEDS_ATTENTION: (Severity.WARNING, "needs attention for", "Somebody has to mend something first."),
    Status.CANCELLED: (Severity.INFO, "is no longer delivered to", "The delivery was cancelled."),
}
"""For each status how it is meant, what stands between release and target in the title, and a sentence."""

CIRCUIT_ACTION = (
    "Nothing while the platform comes back: one request tries it again and again, and what waits goes on by itself. "
    "If it stays, test the target's connection and ask the receiver."
)
PAUSE_ACTION = "Correct the target's credentials or host key, test its connection, then resume it."
SCHEDULE_ACTION = "Mend what the message names, then deliver the release at once or schedule it again."
