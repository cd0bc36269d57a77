"""The words of platforms for the status of a delivery, as ours (row WFL-20)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from distro_sdk.models.delivery import AcknowledgementStatus

WORDS: Mapping[str, AcknowledgementStatus] = {
    "processing": AcknowledgementStatus.RECEIVED,
    "in progress": AcknowledgementStatus.RECEIVED,
    "validating": AcknowledgementStatus.RECEIVED,
    "published": AcknowledgementStatus.LIVE,
    "live": AcknowledgementStatus.LIVE,
    "available": AcknowledgementStatus.LIVE,
    "delivered": AcknowledgementStatus.LIVE,
    "published with issues": AcknowledgementStatus.LIVE,
    "partially available": AcknowledgementStatus.LIVE,
    "rejected": AcknowledgementStatus.REJECTED,
    "declined": AcknowledgementStatus.REJECTED,
    "error": AcknowledgementStatus.FAILED,
    "failed": AcknowledgementStatus.FAILED,
    "removed": AcknowledgementStatus.REMOVED,
    "taken down": AcknowledgementStatus.REMOVED,
}
"""The words of row WFL-20. What is published with issues is live; what the platform says beside it names the issues."""

_BETWEEN = re.compile(r"[\s_-]+")


def read_word(word: str) -> AcknowledgementStatus | None:
    """What a word of a platform means, None for one that nobody knows.

    Case does not matter, nor whether blanks, hyphens or underscores stand between the parts of a word.
    """
    return WORDS.get(_BETWEEN.sub(" ", word.strip()).casefold())
