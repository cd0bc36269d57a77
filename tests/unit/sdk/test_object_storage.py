"""What transports into object storages share."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import LOST, network_error, raised, seconds_to_wait
from distro_sdk.object_storage.keys import checked_endpoint, checked_prefix, object_key
from distro_sdk.object_storage.parts import MEBIBYTE, Budget, plan_parts
from distro_sdk.object_storage.patience import repeated

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@settings(deadline=None)  # a busy machine takes longer, which says nothing of the parts
@given(st.integers(0, 5 << 40), st.sampled_from([5 * MEBIBYTE, 8 * MEBIBYTE]), st.sampled_from([100, 10_000]))
def test_parts_cover_a_file_without_gap_and_are_never_too_many(size: int, part_size: int, most_parts: int) -> None:
    parts = plan_parts(size, part_size=part_size, most_parts=most_parts)

    assert sum(part.size for part in parts) == size
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert len(parts) <= most_parts
    assert all(part.offset == (part.number - 1) * parts[0].size for part in parts)
    assert all(part.size == parts[0].size >= part_size for part in parts[:-1])


@given(st.text(max_size=60))
def test_no_path_makes_a_key_that_leaves_the_prefix(path: str) -> None:
    parts = path.split("/") if path else ["plain"]
    if {"", ".", ".."} & set(parts) or any(ord(sign) < 32 or ord(sign) == 127 for sign in path):
        with pytest.raises(TransportError) as refused:
            object_key("label/in", path)
        assert (refused.value.code, refused.value.retryable) == ("PATH_UNSAFE", False)
        return

    key = object_key("label/in", path)

    assert key == (f"label/in/{path}" if path else "label/in")


def test_a_key_longer_than_storages_take_is_refused() -> None:
    assert len(object_key("", "é" * 512).encode()) == 1024
    with pytest.raises(TransportError) as refused:
        object_key("x", "é" * 512)
    assert refused.value.code == "PATH_UNSAFE"


def test_prefixes_and_endpoints_are_tidied_or_refused() -> None:
    assert checked_prefix("/label/in/") == "label/in"
    assert checked_endpoint("https://storage.example:9000/") == "https://storage.example:9000"
    for wrong in ("a/../b", "a//b", "a\tb"):
        with pytest.raises(ValueError, match="plain names"):
            checked_prefix(wrong)
    for wrong in ("storage.example", "https://", "https://u:p@storage.example", "https://storage.example?x=1"):
        with pytest.raises(ValueError, match="must"):
            checked_endpoint(wrong)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", None),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, now=NOON) == seconds


def test_the_cause_is_found_however_deep_a_library_has_wrapped_it() -> None:
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except ConnectionRefusedError as error:
            raise RuntimeError("the client failed") from error
    except RuntimeError as wrapped:
        found = network_error(wrapped, "connect")

    assert (found.category, found.code) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_REFUSED")
    assert network_error(RuntimeError("nobody knows"), "connect").code == "CONNECTION_LOST"


async def test_a_request_is_made_three_times_and_no_more() -> None:
    made = []

    async def fail() -> None:
        made.append(1)
        raise raised(LOST, "cut")

    with pytest.raises(TransportError) as lost:
        await repeated(fail, pauses=(0, 0))

    assert (lost.value.code, len(made)) == ("CONNECTION_LOST", 3)


async def test_memory_is_lent_up_to_its_budget_and_given_back() -> None:
    budget = Budget(4 * MEBIBYTE)
    first = await budget.take(3 * MEBIBYTE)
    waiting = asyncio.ensure_future(budget.take(100 * MEBIBYTE))
    await asyncio.sleep(0.01)
    assert not waiting.done()

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    second = await budget.take(MEBIBYTE)
    first()
    second()

    everything = await budget.take(100 * MEBIBYTE)
    everything()
