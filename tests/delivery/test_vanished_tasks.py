"""What a transport does with tasks inside of it never makes a file count as sent that was not."""

from __future__ import annotations

import asyncio

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport

SECOND = "_01_002"

REFUSED = TransportError(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", "this one is not wanted", retryable=False)


async def test_a_refusal_out_of_a_task_group_is_the_refusal_of_its_file(label: Label) -> None:
    """The group leaves a cancellation on the task that nobody wished: it is no sign that the attempt was stopped."""

    async def refuse() -> None:
        raise REFUSED

    async def refuse_the_second(path: str) -> None:
        if SECOND in path:
            try:
                async with asyncio.TaskGroup() as parts:
                    parts.create_task(refuse())
            except* TransportError as refused:
                raise refused.exceptions[0] from None

    label = with_line(label, HookedTransport(before=refuse_the_second))
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.FAILED
    assert delivery.error is not None
    assert delivery.error.code == "PERMISSION_DENIED"


async def test_a_file_whose_task_was_cancelled_from_inside_is_missed_before_the_package_is_complete(
    label: Label,
) -> None:
    vanished: list[str] = []

    async def vanish_once(path: str) -> None:
        if SECOND in path and not vanished:
            vanished.append(path)
            raise asyncio.CancelledError

    line = HookedTransport(before=vanish_once)
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert vanished != []
    assert delivery.status is Status.RETRYING
    assert delivery.error is not None
    assert delivery.error.code == "UPLOAD_INCOMPLETE"
    assert not any("Complete" in path for path in line.put)
