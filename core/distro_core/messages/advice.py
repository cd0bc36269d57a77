"""Which of several pieces of advice for parents holds for all of them together."""

from __future__ import annotations

from collections.abc import Collection

from distro_sdk.models.catalogue import ParentalWarning

_STRONGEST_FIRST = (
    ParentalWarning.EXPLICIT,
    ParentalWarning.EXPLICIT_CONTENT_EDITED,
    ParentalWarning.UNKNOWN,
    ParentalWarning.NO_ADVICE_AVAILABLE,
    ParentalWarning.NOT_EXPLICIT,
)


def strongest_warning(given: Collection[ParentalWarning]) -> ParentalWarning | None:
    """The strongest of some warnings, None where there is none."""
    return next((warning for warning in _STRONGEST_FIRST if warning in given), None)
