"""The transport `http-multipart` on a server with a parser of its own, and every way in which it fails."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse, PlainTextResponse, Response

from distro_plugins.http_api import HttpMultipartSettings, HttpMultipartTransport
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.packages import OutgoingPackage, PackageAnswer
from distro_sdk.testing.packages import Inbox, PackageConformance, make_package
from distro_sdk.testing.sources import BytesSource, PatternSource
from distro_sdk.testing.transports import Refusal
from distro_sdk.transports import Transport
from tests.exchange_servers import BadLine, free_port
from tests.http_receiver import HttpReceiver, http_receiver

MEBIBYTE = 1024 * 1024


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[HttpReceiver]:
    async with http_receiver(tmp_path) as running:
        yield running


def at(address: str, **others: object) -> HttpMultipartSettings:
    given = {
        "address": address,
        "allow_plain": True,
        "authentication": "none",
        "reference_field": "delivery.id",
        "files_field": "files",
    }
    return HttpMultipartSettings.model_validate(given | others)


@pytest.mark.proves("PRO-07", "PRO-05")
class TestHttpMultipart(PackageConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return HttpMultipartTransport()

    @pytest.fixture
    def configuration(self, receiver: HttpReceiver) -> BaseModel:
        receiver.accepts = {"Bearer open-sesame"}
        return at(receiver.packages_address, authentication="bearer", token="open-sesame")

    @pytest.fixture
    def inbox(self, receiver: HttpReceiver) -> Inbox:
        return lambda: [dict(package.files) for package in receiver.inbox.taken]

    @pytest.fixture
    def refusals(self, receiver: HttpReceiver) -> Sequence[Refusal]:
        receiver.accepts = {"Bearer open-sesame"}
        nobody = at(f"http://127.0.0.1:{free_port()}")
        guess = at(receiver.packages_address, authentication="bearer", token="guess")
        return [
            Refusal("nobody listens", nobody, ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
            Refusal("a wrong token", guess, ErrorCategory.AUTH_INVALID, retryable=False),
        ]


async def ignore(path: str, transferred: int) -> None:
    return


async def send(settings: HttpMultipartSettings, package: OutgoingPackage | None = None) -> PackageAnswer:
    async with HttpMultipartTransport().connect(settings) as session:
        return await session.send_package(package or await make_package(track=BytesSource(b"a recording")), ignore)


async def failure(settings: HttpMultipartSettings, package: OutgoingPackage | None = None) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await send(settings, package)
    return caught.value


def told(error: TransportError) -> tuple[ErrorCategory, str, bool]:
    return error.category, error.code, error.retryable


# What the request looks like.


@pytest.mark.proves("ECO-01")
async def test_message_files_and_fields_have_the_names_that_the_target_sets(receiver: HttpReceiver) -> None:
    settings = at(
        receiver.packages_address,
        message_field="ern",
        file_field="assets",
        batch_field="batch",
        fields={"label": "Nördlich"},
        headers={"X-Partner": "northern-lights"},
        names="name",
    )

    answer = await send(settings)

    (package,) = receiver.inbox.taken
    assert list(package.files) == ["track.wav", "release.xml", "BatchComplete.xml"]
    assert package.parts == ("assets", "ern", "assets")
    assert package.fields == {"label": "Nördlich", "batch": "20260101000000000"}
    assert package.headers["x-partner"] == "northern-lights"
    assert package.key.startswith("20260101000000000-")
    assert [each["content-type"] for each in package.part_headers] == ["audio/wav", *["application/xml"] * 2]
    assert answer.reference == "DSP-1"


async def test_each_part_tells_its_hash_where_the_target_wants_that(receiver: HttpReceiver) -> None:
    content = b"a recording"
    await send(at(receiver.packages_address, part_hash="md5"), await make_package(track=BytesSource(content)))
    await send(at(receiver.packages_address, part_hash="sha256"), await make_package(other=BytesSource(content)))

    md5, sha256 = (base64.b64encode(hashlib.new(name, content).digest()).decode() for name in ("md5", "sha256"))
    one, other = receiver.inbox.taken
    assert one.part_headers[0]["content-md5"] == md5
    assert other.part_headers[0]["content-digest"] == f"sha-256=:{sha256}:"


async def test_the_key_of_a_request_has_the_header_that_the_target_sets(receiver: HttpReceiver) -> None:
    await send(at(receiver.packages_address, idempotency_header="X-Request-Key", batch_field=None))

    assert receiver.inbox.taken[0].headers["x-request-key"].startswith("20260101000000000-")
    assert receiver.inbox.taken[0].fields == {}


async def test_two_files_of_one_name_are_not_mixed_up(receiver: HttpReceiver) -> None:
    one, other = await make_package(track=BytesSource(b"1")), await make_package(track=BytesSource(b"2"))
    renamed = [part.__class__(f"other/{part.path}", part.kind, part.source, part.hashes) for part in other.parts]
    both = OutgoingPackage(one.batch_id, (*one.parts, *renamed))

    error = await failure(at(receiver.packages_address, names="name"), both)

    assert told(error) == (ErrorCategory.METADATA_INVALID, "PACKAGE_NAMES_CLASH", False)
    assert receiver.inbox.requests == 0


# Signing in.


async def test_a_token_that_expires_is_fetched_anew_and_the_package_sent_once_more(receiver: HttpReceiver) -> None:
    settings = at(
        receiver.packages_address,
        authentication="oauth2",
        token_address=receiver.token_address,
        client_id="label",
        client_secret="sesame",
    )
    package = await make_package(track=PatternSource(2 * MEBIBYTE))

    async with HttpMultipartTransport().connect(settings) as session:
        receiver.accepts = {"Bearer none-of-the-old"}
        answer = await session.send_package(package, ignore)

    assert answer.reference == "DSP-1"
    assert len(receiver.token_requests) == 2
    assert receiver.inbox.taken[0].files == {part.path: part.hashes.sha256 for part in package.parts}


async def test_basic_credentials_are_sent(receiver: HttpReceiver) -> None:
    receiver.accepts = {"Basic bGFiZWw6c2VzYW1l"}

    settings = at(receiver.packages_address, authentication="basic", username="label", password="sesame")

    assert (await send(settings)).reference == "DSP-1"


# What the receiver answers.


@pytest.mark.proves("ECO-01")
@pytest.mark.parametrize(
    ("status", "category", "code", "retryable"),
    [
        (400, ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
        (401, ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False),
        (413, ErrorCategory.API_UNAVAILABLE, "REMOTE_SIZE_LIMIT", False),
        (422, ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
        (500, ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", True),
        (503, ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", True),
    ],
)
@pytest.mark.parametrize("size", [7, 4 * MEBIBYTE])
async def test_a_refused_package_has_the_code_of_its_status(
    receiver: HttpReceiver, status: int, category: ErrorCategory, code: str, *, retryable: bool, size: int
) -> None:
    receiver.faults["POST"] = [Response(status_code=status)]

    error = await failure(at(receiver.packages_address), await make_package(track=PatternSource(size)))

    assert told(error) == (category, code, retryable)
    assert receiver.inbox.taken == []


async def test_a_receiver_that_asks_to_wait_is_heard(receiver: HttpReceiver) -> None:
    receiver.faults["POST"] = [Response(status_code=429, headers={"Retry-After": "77"})]

    error = await failure(at(receiver.packages_address))

    assert (*told(error), error.retry_after) == (ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", True, 77.0)


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("<html>thank you</html>"),
        Response(status_code=204),
        JSONResponse({"delivery": {}}),
        JSONResponse({"delivery": {"id": True}}),
        JSONResponse(["DSP-1"]),
    ],
)
async def test_an_answer_without_its_reference_is_not_taken_for_one(receiver: HttpReceiver, answer: Response) -> None:
    receiver.inbox.answers = [answer]

    error = await failure(at(receiver.packages_address))

    assert told(error) == (ErrorCategory.UNKNOWN, "PROTOCOL_ERROR", True)
    assert (await send(at(receiver.packages_address))).reference == "DSP-1"
    assert len(receiver.inbox.taken) == 1


async def test_a_target_that_says_nothing_of_answers_gets_by_without(receiver: HttpReceiver) -> None:
    receiver.inbox.answers = [PlainTextResponse("thank you")]

    settings = at(receiver.packages_address, reference_field=None, files_field=None)

    assert await send(settings) == PackageAnswer()


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_redirection_that_wants_no_package_is_refused(receiver: HttpReceiver, status: int) -> None:
    receiver.faults["POST"] = [Response(status_code=status, headers={"Location": "/api/deliveries"})]

    error = await failure(at(receiver.packages_address))

    assert told(error) == (ErrorCategory.UNKNOWN, "REDIRECT_REFUSED", False)


# What the network does.


@pytest.mark.parametrize(
    ("then", "category", "code"),
    [
        ("cut", ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST"),
        ("stall", ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED"),
    ],
)
async def test_a_line_that_breaks_in_mid_body_leaves_nothing_behind(
    receiver: HttpReceiver, then: str, category: ErrorCategory, code: str
) -> None:
    package = await make_package(track=PatternSource(24 * MEBIBYTE))
    async with BadLine(receiver.port, 3 * MEBIBYTE, then) as line:
        address = f"http://127.0.0.1:{line.port}/api/deliveries"

        error = await failure(at(address, stall_timeout=0.3), package)

    assert told(error) == (category, code, True)
    assert receiver.inbox.taken == []


async def test_private_addresses_are_refused_unless_allowed(receiver: HttpReceiver) -> None:
    with pytest.raises(TransportError) as caught:
        async with HttpMultipartTransport(AddressPolicy()).connect(at(receiver.packages_address)):
            raise AssertionError("it connected")

    assert caught.value.code == "ADDRESS_FORBIDDEN"


# What a target may not say.


@pytest.mark.parametrize(
    "wrong",
    [
        {"message_field": ""},
        {"message_field": "a b"},
        {"fields": {"name": "two\nlines"}},
        {"names": "hash"},
        {"part_hash": "crc32"},
        {"idempotency_header": "Content-Length"},
        {"idempotency_header": "a: b"},
        {"reference_field": "a..b"},
        {"publish": "move"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        at("https://dsp.example/api", **wrong)
