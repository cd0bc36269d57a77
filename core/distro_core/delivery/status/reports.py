"""What a platform says of a delivery in its own words, asked for or told by itself (rows WFL-18 to WFL-20)."""

from __future__ import annotations

import structlog

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.answers import Applied, apply_answer
from distro_core.delivery.status.platform_words import read_word
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.adapters import StatusReport
from distro_sdk.models.delivery import Acknowledgement

log = structlog.get_logger("distro.delivery")


async def apply_report(scope: Scope, delivery: DeliveryDocument, report: StatusReport) -> Applied:
    """Move a delivery by the word of its platform, and keep the ids that came along.

    A word that nobody knows keeps the status; so does one that comes after a later one.
    """
    await keep_platform_ids(scope, delivery, report.platform_ids)
    meaning = read_word(report.word)
    if meaning is None:
        log.warning("platform_word_unknown", delivery_id=delivery.id, word=report.word)
        return Applied.UNCLEAR
    now = scope.clock.now()
    answer = Acknowledgement(
        message_id=delivery.message_id,
        status=meaning,
        code=report.word,
        text=report.text,
        # A platform whose clock is ahead must not make every later answer look like an old one.
        received_at=min(report.at, now) if report.at else now,
    )
    return await apply_answer(scope, delivery.target_id, answer)


async def keep_platform_ids(scope: Scope, delivery: DeliveryDocument, ids: dict[str, str]) -> DeliveryDocument:
    """The delivery with what the platform calls its release (row MAN-04); other ids stay as they are."""
    fresh = {name: id for name, id in ids.items() if delivery.aftermath.platform_ids.get(name) != id}
    if not fresh:
        return delivery
    change = Change(set={f"aftermath.platform_ids.{name}": id for name, id in fresh.items()})
    return await scope.store.collection(DeliveryDocument).update(delivery.id, change)
