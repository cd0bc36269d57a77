"""The transport into a folder, and which folders it may touch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from distro_plugins.local_folder import FOLDERS_VARIABLE, LocalFolderSettings, LocalFolderTransport
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.testing.sources import BytesSource, PatternSource
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import FileSource, Transport
from tests.exchange_servers import small_disk


@pytest.fixture
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder below which the operator lets targets lie."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    monkeypatch.setenv(FOLDERS_VARIABLE, f"{tmp_path / 'other'}:{folder}")
    return folder


@pytest.mark.proves("PRO-07")
class TestLocalFolder(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return LocalFolderTransport()

    @pytest.fixture
    def configuration(self, allowed: Path) -> BaseModel:
        return settings(allowed / "partner")

    @pytest.fixture
    def refusals(self, allowed: Path) -> Sequence[Refusal]:
        return [
            Refusal(
                "a folder that is not allowed", settings(allowed.parent), ErrorCategory.AUTH_INVALID, retryable=False
            )
        ]


def settings(directory: Path) -> LocalFolderSettings:
    return LocalFolderSettings(directory=str(directory))


async def put(directory: Path, path: str, source: FileSource) -> None:
    async def ignore(_: int) -> None:
        return

    async with LocalFolderTransport().connect(settings(directory)) as session:
        await session.put(path, source, ignore)


async def failure(directory: Path, path: str = "message.xml", source: FileSource | None = None) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(directory, path, source or BytesSource(b"content"))
    return caught.value


async def test_nothing_is_allowed_unless_the_operator_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDERS_VARIABLE, raising=False)

    refused = await failure(tmp_path)

    assert (refused.code, refused.retryable) == ("FOLDER_NOT_ALLOWED", False)
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_is_judged_by_its_settings_as_it_is_by_connecting(allowed: Path) -> None:
    outside = allowed.parent / "outside"
    outside.mkdir()
    (allowed / "link").symlink_to(outside)

    found = [
        await LocalFolderTransport().find_faults(settings(folder))
        for folder in (allowed / "partner", allowed / "link", Path("/etc"), allowed.parent)
    ]

    why = "the folder of the target does not lie in a folder that DISTRO_LOCAL_FOLDERS names"
    assert found == [{}, {"directory": why}, {"directory": why}, {"directory": why}]
    assert not (allowed / "partner").exists()


@pytest.mark.parametrize("listed", ["", ":", "relative/folder", "/"])
async def test_an_odd_list_of_folders_allows_no_more_than_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: str
) -> None:
    monkeypatch.setenv(FOLDERS_VARIABLE, listed)
    monkeypatch.chdir(tmp_path)

    if listed == "/":
        await put(tmp_path, "message.xml", BytesSource(b"content"))
        assert (tmp_path / "message.xml").read_bytes() == b"content"
    else:
        assert (await failure(tmp_path)).code == "FOLDER_NOT_ALLOWED"


async def test_a_neighbour_whose_name_begins_alike_is_not_allowed(allowed: Path) -> None:
    assert (await failure(allowed.with_name("allowed-not"))).code == "FOLDER_NOT_ALLOWED"


async def test_a_folder_that_must_exist_but_does_not_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDERS_VARIABLE, str(tmp_path / "not-mounted"))

    assert (await failure(tmp_path / "not-mounted" / "partner")).code == "FOLDER_NOT_ALLOWED"
    assert not (tmp_path / "not-mounted").exists()


async def test_a_link_out_of_the_allowed_folder_is_followed_before_it_is_judged(allowed: Path) -> None:
    outside = allowed.parent / "outside"
    outside.mkdir()
    (allowed / "link").symlink_to(outside)
    (allowed / "partner").mkdir()
    (allowed / "partner" / "link").symlink_to(outside)

    assert (await failure(allowed / "link")).code == "FOLDER_NOT_ALLOWED"
    refused = await failure(allowed / "partner", "link/message.xml")

    assert (refused.code, refused.retryable) == ("PATH_UNSAFE", False)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("directory", ["relative", "/srv/../etc", "", "/srv/\0"])
def test_a_directory_must_be_absolute_and_plain(directory: str) -> None:
    with pytest.raises(ValidationError):
        LocalFolderSettings(directory=directory)


async def test_a_full_disk_is_named_and_leaves_nothing_behind(allowed: Path) -> None:
    try:
        disk = small_disk(allowed / "disk", 1024 * 1024)
        folder = disk.__enter__()
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    try:
        full = await failure(folder, "audio/large.wav", PatternSource(3 * 1024 * 1024))

        assert (full.category, full.code, full.retryable) == (
            ErrorCategory.API_UNAVAILABLE,
            "REMOTE_DISK_FULL",
            True,
        )
        assert [path for path in folder.rglob("*") if path.is_file()] == []
    finally:
        disk.__exit__(None, None, None)


async def test_a_folder_in_the_way_of_a_file_is_a_failure_of_the_receiver(allowed: Path) -> None:
    (allowed / "message.xml").mkdir()

    assert (await failure(allowed)).code == "REMOTE_FAILURE"


async def test_a_file_that_shrank_since_it_was_announced_is_not_delivered(allowed: Path) -> None:
    class Shrunk(BytesSource):
        @property
        def size(self) -> int:
            return len(self.content) + 1

    changed = await failure(allowed, source=Shrunk(b"content"))

    assert (changed.code, changed.retryable) == ("SOURCE_CHANGED", False)
    assert list(allowed.iterdir()) == []
