"""What the errors about files that a target does not take mean for a delivery (rows ERR-01, ERR-02)."""

from __future__ import annotations

from typing import Final

FORMAT_CODES: Final = frozenset(
    {
        "AUDIO_FORMAT_UNSUITABLE",
        "AUDIO_UNREADABLE",
        "CHANNELS_UNSUITABLE",
        "COVER_ABOVE_MAXIMUM",
        "COVER_COLOURS_UNSUITABLE",
        "COVER_FILE_TOO_LARGE",
        "COVER_FORMAT_UNSUITABLE",
        "IMAGE_STAYS_TOO_LARGE",
        "IMAGE_TRANSPARENT",
        "IMAGE_UNREADABLE",
        "PREPARATION_FAILED",
        "PREPARED_FILE_WRONG",
        "SAMPLES_DIFFER",
    }
)
QUALITY_CODES: Final = frozenset({"BIT_DEPTH_UNSUITABLE", "COVER_BELOW_MINIMUM", "SAMPLE_RATE_UNSUITABLE"})
