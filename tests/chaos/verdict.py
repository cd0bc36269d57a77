"""What a storm must not have done, looked for in the database and on the disk of the DSP."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from distro_api.receiver import FileAction, FileEvent, PackageReport, Severity
from distro_core.delivery.documents import DeliveryDocument
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.chaos.receiver_process import CORRUPTED
from tests.chaos.storm import Aftermath

MARKER = "BatchComplete.txt"
WITH_REASON = frozenset({Status.FAILED, Status.NEEDS_ATTENTION})


def faults_of(aftermath: Aftermath) -> list[str]:
    """Everything that must not be, as sentences; empty when all is well."""
    return [*_lost(aftermath), *_unexplained(aftermath), *_markers(aftermath), *_files(aftermath), *_reports(aftermath)]


def _lost(aftermath: Aftermath) -> Iterator[str]:
    """Each was made once and has ended."""
    if aftermath.open:
        yield f"{aftermath.open} batches are still open"
    made = Counter((delivery.release_id, delivery.target_id) for delivery in aftermath.deliveries)
    for each in aftermath.asked - made.keys():
        yield f"no delivery of {each}"
    for each, count in made.items():
        if count > 1:
            yield f"{count} deliveries of {each}"


def _unexplained(aftermath: Aftermath) -> Iterator[str]:
    """Each is live, or says why not."""
    for delivery in aftermath.deliveries:
        explained = delivery.status in WITH_REASON and delivery.error is not None and delivery.error.action
        if delivery.status is not Status.LIVE and not explained:
            yield f"{delivery.id} is {delivery.status.value} without a reason"


def _markers(aftermath: Aftermath) -> Iterator[str]:
    """A completion marker came to stand at its place once for each that arrived, never for another.

    One that the DSP itself has spoilt does not count: it has to be sent again.
    """
    spoilt = _spoilt_markers(aftermath.dsp_folder)
    events = (aftermath.dsp_folder / "events.jsonl").read_text("utf-8").splitlines()
    renamed = (FileEvent.model_validate(json.loads(line)) for line in events if MARKER in line)
    markers = Counter(
        event.place for event in renamed if event.action is FileAction.RENAMED and event.place.endswith(MARKER)
    )
    for delivery in aftermath.deliveries:
        wanted = 1 if delivery.status is Status.LIVE else 0
        found = markers.pop(f"/{delivery.batch_id}/{MARKER}", 0) - spoilt[delivery.batch_id]
        if found != wanted:
            yield f"{found} markers of {delivery.id}, which is {delivery.status.value}"
    for place in markers:
        yield f"a marker at {place} that belongs to no delivery"


def _files(aftermath: Aftermath) -> Iterator[str]:
    """What stands at the DSP is what the receipt says, byte by byte."""
    users = aftermath.dsp_folder / "users"
    folders = {folder.name: folder for folder in users.glob("*/*") if folder.is_dir()}
    for delivery in aftermath.deliveries:
        if delivery.receipt is None:
            continue
        for file in delivery.receipt.files:
            place = folders[delivery.batch_id].parent / file.path
            if not place.exists() or _md5(place) != file.md5:
                yield f"{file.path} of {delivery.id} is not what was sent"


def _reports(aftermath: Aftermath) -> Iterator[str]:
    """The DSP found nothing wrong with any package, and read each once."""
    spoilt = _spoilt_markers(aftermath.dsp_folder)
    judged = [
        PackageReport.model_validate_json(report.read_text("utf-8"))
        for report in (aftermath.dsp_folder / "reports").rglob("*.json")
    ]
    for report in judged:
        for finding in report.all_findings:
            sent_again = spoilt[report.batch_id] and finding.code.startswith("MARKER_") and MARKER in finding.path
            if finding.severity is Severity.ERROR and not sent_again:
                yield f"the DSP says of {report.folder}: {finding.code} {finding.path} {finding.message}"
    counts = Counter(report.batch_id for report in judged)
    for delivery in aftermath.deliveries:
        if delivery.status is Status.LIVE and counts[delivery.batch_id] != 1:
            yield f"the DSP has judged {delivery.id} {counts[delivery.batch_id]} times"


def _spoilt_markers(folder: Path) -> Counter[str]:
    """How many markers the DSP has spoilt, by batch."""
    noted = folder / CORRUPTED
    paths = noted.read_text("utf-8").split() if noted.exists() else []
    return Counter(path.split("/")[1] for path in paths if MARKER in path)


def _md5(file: Path) -> str:
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def describe(aftermath: Aftermath) -> str:
    """The figures of a storm, for people."""
    attempts = [len(delivery.attempts) for delivery in aftermath.deliveries]
    reasons = Counter(delivery.error.code for delivery in aftermath.deliveries if delivery.error is not None)
    broken = Counter(
        attempt.error.code for delivery in aftermath.deliveries for attempt in delivery.attempts if attempt.error
    )
    lines = (
        f"{len(aftermath.asked)} deliveries in {aftermath.seconds:.0f} s: {dict(aftermath.statuses)}, "
        f"{aftermath.share:.2%} live",
        f"blows: {dict(aftermath.blows)}; at the DSP: {aftermath.faults}",
        f"attempts: {sum(attempts)}, at most {max(attempts, default=0)} of one; broken off: {dict(broken)}",
        f"reasons of those that are not live: {dict(reasons)}",
    )
    return "\n".join(lines)


def unhappy(aftermath: Aftermath) -> list[DeliveryDocument]:
    """Those that are not live."""
    return [delivery for delivery in aftermath.deliveries if delivery.status is not Status.LIVE]
