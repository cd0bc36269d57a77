"""A server or a plugin that says megabytes: the delivery still ends with its reason, and what is stored is bounded."""

from __future__ import annotations

import pytest
from bson import encode
from structlog.testing import capture_logs

from distro_core.delivery.documents import AcknowledgementFileDocument, DeliveryDocument, LogLevel
from distro_core.delivery.failures.classes import CATEGORIES
from distro_core.delivery.failures.description import delivery_error
from distro_core.delivery.failures.texts import LONGEST_CODE, LONGEST_MESSAGE, LONGEST_REFERENCE, bounded
from distro_core.delivery.status.acknowledgements import look_for_answers
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.answers import answer, put_answer
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport, cut

REFUSED = "ProcessingErrorAtReleaseDistributor"
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


@pytest.mark.proves("RCP-03")
async def test_four_megabytes_of_an_answer_move_the_delivery_and_leave_short_lines(
    label: Label, other_label: Label
) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    release, target = await label.release(), await label.target(acknowledges=True)
    delivery = await label.deliver([release.id], target.id)
    theirs = await other_label.deliver([(await other_label.release()).id], (await other_label.target()).id)
    refusal = answer(delivery.message_id, status=REFUSED, text="track 2 " + "is noise " * 460_000, icpn="4" * 50_000)
    put_answer(label.folder, "ACK_1.xml", refusal)
    put_answer(label.folder, "ACK_2.xml", answer("M" * 50_000, status=REFUSED))
    put_answer(label.folder, "ACK_3.xml", b"<" + b"e" * 50_000 + b"/>")

    clock.advance(60)
    with capture_logs() as logged:
        found = await look_for_answers(label.scope, target.id)

    after = await label.deliveries.get(delivery.id)
    assert (found, after.status) == (3, Status.REJECTED)
    assert after.acknowledgement is not None
    assert (len(after.acknowledgement.text), len(after.acknowledgement.release_id or "")) == (20_000, 200)
    assert after.acknowledgement.text.startswith("track 2 is noise")
    assert after.acknowledgement.text.endswith("characters in all)")
    assert (len(after.history[-1].details), len(after.status_details)) == (LONGEST_MESSAGE, LONGEST_MESSAGE)
    (line,) = [each for each in (await label.deliveries.logs(delivery.id)).documents if each.step == "acknowledgement"]
    assert line.message.startswith("The platform answers: rejected (track 2 is noise")
    assert len(line.message) == LONGEST_MESSAGE
    assert len(line.model_dump_json()) < 4_000
    told = {each["event"]: each for each in logged}
    assert told["acknowledgement_changed_nothing"]["message_id"] == bounded("M" * 50_000, LONGEST_REFERENCE)
    assert len(told["acknowledgement_unreadable"]["error"]) == LONGEST_MESSAGE
    assert max(len(str(each)) for each in logged) < 4_000
    unreadable = await label.scope.store.collection(AcknowledgementFileDocument).find_one({"name": "ACK_3.xml"})
    assert unreadable is not None
    assert len(unreadable.error or "") == LONGEST_MESSAGE
    assert (await other_label.deliveries.get(theirs.id)).acknowledgement is None
