"""A server or a plugin that says megabytes: the delivery still ends with its reason, and what is stored is bounded."""

from __future__ import annotations

import pytest
from bson import encode

from distro_core.delivery.documents import DeliveryDocument, LogLevel
from distro_core.delivery.failures.classes import CATEGORIES
from distro_core.delivery.failures.description import delivery_error
from distro_core.delivery.failures.texts import LONGEST_CODE, LONGEST_MESSAGE, bounded
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport, cut

NOVEL = "the server says \ud800\0" + "no " * 1_000_000


@pytest.mark.parametrize(
    ("error", "code", "beginning"),
    [
        (cut(NOVEL), "CONNECTION_LOST", "the server says   no no"),
        (
            TransportError(ErrorCategory.UNKNOWN, "N" * 3_000_000, NOVEL, retryable=True),
            bounded("N" * 3_000_000, LONGEST_CODE),
            "the server says   no no",
        ),
        (RuntimeError(NOVEL), "UNEXPECTED_ERROR", "RuntimeError: the server says   no no"),
    ],
    ids=["message", "code", "unexpected"],
)
async def test_three_megabytes_of_reason_end_the_delivery_and_leave_a_small_document(
    label: Label, other_label: Label, error: Exception, code: str, beginning: str
) -> None:
    async def speak(path: str) -> None:
        raise error

    clock = FixedClock()
    label = with_line(label, HookedTransport(connecting=speak), clock)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    delivery = await label.work(made)
    while delivery.status is Status.RETRYING and len(delivery.attempts) < 20:
        clock.advance(100_000)
        delivery = await label.work(made)

    assert delivery.status is Status.FAILED
    assert delivery.error is not None
    assert delivery.error.code == code
    assert delivery.error.message.startswith(beginning)
    assert "characters in all" in delivery.error.message[-60:]
    assert {len(attempt.error.message) for attempt in delivery.attempts if attempt.error} == {LONGEST_MESSAGE}
    raw = await label.scope.store.collection(DeliveryDocument).raw.find_one({"_id": made.id})
    assert len(encode(raw)) < 64_000
    for line in (await label.deliveries.logs(made.id, LogLevel.ERROR)).documents:
        assert len(line.model_dump_json()) < 8_000
    assert (await other_label.scope.store.collection(DeliveryDocument).raw.count_documents({})) == 0


def test_every_text_of_an_error_is_bounded() -> None:
    error = delivery_error(ErrorCategory.UNKNOWN, "C" * 9_999, "m" * 9_999, retryable=True, action="a" * 9_999)

    assert (len(error.code), len(error.message), len(error.action)) == (LONGEST_CODE, LONGEST_MESSAGE, LONGEST_MESSAGE)
    assert error.message.endswith("m … (cut, 9999 characters in all)")


def test_what_is_short_and_printable_stays_as_it_is() -> None:
    action = CATEGORIES[ErrorCategory.UNKNOWN].action

    assert bounded("530 Søren\nmay not sign in") == "530 Søren\nmay not sign in"
    assert bounded("\x1b[31mred\r\n\u202ebackwards") == " [31mred \n backwards"
    assert bounded("x" * LONGEST_MESSAGE) == "x" * LONGEST_MESSAGE
    assert delivery_error(ErrorCategory.UNKNOWN, "WORKER_LOST", "gone", retryable=True).action == action
