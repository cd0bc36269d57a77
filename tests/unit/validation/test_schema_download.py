"""Schemas fetched from a server with DDEX's layout: from there and from nowhere else, and no more than schemas have."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from distro_core.settings import Settings
from distro_core.validation import schema_download
from distro_core.validation.schema_download import OFFICIAL_ADDRESS, SETS, download_schemas
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError
from distro_sdk.xml import parse_message
from tests.unit.validation.http_server import Answer, Request, Server, serve
from tests.unit.validation.schema_files import ERN, OFFICIAL_VALUES, VALUES, message

Change = Callable[[str], Answer | None]
NOT_FOUND = Answer(404, b"not here")


@contextmanager
def ddex_server(change: Change = lambda path: None, values: str = OFFICIAL_VALUES) -> Iterator[Server]:
    """A server with ERN 4.2 and 4.3 under ``/xml``. `change`: another answer to some paths."""
    files = {f"/xml/ern/{version}/release-notification.xsd": version for version in ("42", "43")}

    def answer(request: Request) -> Answer:
        changed = change(request.path)
        if changed is not None:
            return changed
        if request.path in files:
            return Answer(body=ERN.format(version=files[request.path], values=values).encode())
        if request.path == "/xml/allowed-value-sets/allowed-value-sets.xsd":
            return Answer(body=VALUES.format(kind="Album").encode())
        return NOT_FOUND

    with serve(answer) as server:
        yield server


@pytest.mark.parametrize("values", [OFFICIAL_VALUES, "../../allowed-value-sets/allowed-value-sets.xsd"])
def test_schemas_and_their_allowed_values_are_fetched_once(values: str, tmp_path: Path) -> None:
    with ddex_server(values=values) as server:
        refused = download_schemas(f"{server.address}/xml/", tmp_path, ("ern/4.2", "ern/4.3"))

    assert refused == {}
    assert sorted(request.path for request in server.requests) == [
        "/xml/allowed-value-sets/allowed-value-sets.xsd",
        "/xml/ern/42/release-notification.xsd",
        "/xml/ern/43/release-notification.xsd",
    ]
    judge = SchemaLibrary(tmp_path).find("ern/4.3")
    assert judge is not None
    assert judge.judge(parse_message(message("Album")).root) == []
    assert judge.judge(parse_message(message("Oratorio")).root) != []


def test_a_set_that_the_server_does_not_have_is_named_and_the_others_are_fetched(tmp_path: Path) -> None:
    with ddex_server() as server:
        refused = download_schemas(f"{server.address}/xml", tmp_path)

    assert set(refused) == set(SETS) - {"ern/4.2", "ern/4.3"}
    assert all("answers 404" in reason for reason in refused.values())


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("http://example.com/values.xsd", "imports from elsewhere"),
        ("../../../secrets.xsd", "imports from elsewhere"),
        ("file:///etc/passwd", "imports from elsewhere"),
        ("http://ddex.net/xml/../other/values.xsd", "imports from elsewhere"),
        ("//127.0.0.1/xml/values.xsd", "imports from elsewhere"),
    ],
)
def test_nothing_is_fetched_from_elsewhere(values: str, told: str, tmp_path: Path) -> None:
    with ddex_server(values=values) as server:
        refused = download_schemas(f"{server.address}/xml", tmp_path, ("ern/4.3",))

    assert told in refused["ern/4.3"]
    assert [request.path for request in server.requests] == ["/xml/ern/43/release-notification.xsd"]
    assert not (tmp_path / "ern").exists()


def test_a_redirection_is_told_and_not_followed(tmp_path: Path) -> None:
    moved = Answer(302, headers={"Location": "http://example.com/elsewhere"})

    with ddex_server(lambda path: moved) as server:
        refused = download_schemas(f"{server.address}/xml", tmp_path, ("ern/4.3",))

    assert "answers 302 to http://example.com/elsewhere" in refused["ern/4.3"]
    assert len(server.requests) == 1


def test_a_file_larger_than_schemas_are_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_download, "MAX_FILE_BYTES", 100_000)

    with ddex_server(lambda path: Answer(body=b" " * 1_000_000)) as server:
        refused = download_schemas(f"{server.address}/xml", tmp_path, ("ern/4.3",))

    assert "has more than 100000 bytes" in refused["ern/4.3"]


def test_a_chain_of_imports_without_end_is_given_up(tmp_path: Path) -> None:
    def further(path: str) -> Answer:
        number = len(path)
        return Answer(body=ERN.format(version="43", values=f"{'x' * number}.xsd").encode())

    with ddex_server(further) as server:
        refused = download_schemas(f"{server.address}/xml", tmp_path, ("ern/4.3",))

    assert "imports more than 10 files" in refused["ern/4.3"]


def test_a_server_that_is_too_slow_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_download, "MAX_SECONDS", -1.0)

    with ddex_server() as server:
        refused = download_schemas(f"{server.address}/xml", tmp_path, ("ern/4.3",))

    assert "does not come within" in refused["ern/4.3"]


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refused = download_schemas(f"http://127.0.0.1:{unused.getsockname()[1]}/xml", tmp_path, ("ern/4.3",))

    assert "cannot be fetched: ConnectError" in refused["ern/4.3"]


@pytest.mark.parametrize("address", ["ftp://ddex.net/xml", "https:///xml", "https://me:secret@ddex.net/xml", "x"])
def test_an_address_of_another_kind_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(DomainError) as refused:
        download_schemas(address, tmp_path)

    assert refused.value.code == "SCHEMA_ADDRESS_FORBIDDEN"


@pytest.mark.parametrize(
    ("found", "code"),
    [(socket.gaierror("no such name"), "SCHEMA_DOWNLOAD_FAILED"), ("10.0.0.7", "SCHEMA_ADDRESS_FORBIDDEN")],
)
def test_the_official_address_must_be_found_and_be_public(
    found: OSError | str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*args: object, **more: object) -> list[tuple[object, ...]]:
        if isinstance(found, OSError):
            raise found
        return [(None, None, None, "", (found, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(DomainError) as refused:
        download_schemas(OFFICIAL_ADDRESS, tmp_path)

    assert refused.value.code == code


def test_the_official_address_is_the_one_that_is_set() -> None:
    assert Settings.model_fields["ddex_schema_address"].default == OFFICIAL_ADDRESS
