"""Whatever a transport says of its failure stands on the delivery as it was said, with what to do about it."""

from __future__ import annotations

import pytest

from distro_core.delivery.documents import LogLevel
from distro_core.delivery.failures.classes import CATEGORIES
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label
from tests.delivery.transports import HookedTransport, with_transport

PASSING = ("API_RATE_LIMIT", "API_UNAVAILABLE", "NETWORK_TIMEOUT", "NETWORK_CONNECTIVITY", "UNKNOWN")
LASTING = ("CONTENT_FORMAT", "CONTENT_QUALITY", "METADATA_INVALID", "AUTH_EXPIRED", "AUTH_INVALID")


def test_every_category_is_one_that_passes_or_lasts() -> None:
    assert sorted(PASSING + LASTING) == sorted(ErrorCategory)


@pytest.mark.parametrize(
    ("category", "status"),
    [(each, Status.RETRYING) for each in PASSING] + [(each, Status.FAILED) for each in LASTING],
)
async def test_a_failure_keeps_the_category_that_its_transport_gave_it(
    label: Label, category: str, status: Status
) -> None:
    retryable = status is Status.RETRYING

    async def refuse(path: str) -> None:
        raise TransportError(ErrorCategory(category), "PLATFORM_SAYS_NO", "not like this", retryable=retryable)

    label = label.with_scope(plugins=with_transport(label.scope, HookedTransport(connecting=refuse)).plugins)
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is status
    assert delivery.error is not None
    assert (delivery.error.category, delivery.error.code) == (category, "PLATFORM_SAYS_NO")
    assert (delivery.error.retryable, delivery.error.action) == (retryable, CATEGORIES[ErrorCategory(category)].action)
    assert delivery.attempts[-1].error == delivery.error
    (line,) = (await label.deliveries.logs(delivery.id, LogLevel.ERROR)).documents
    assert line.details["category"] == category
