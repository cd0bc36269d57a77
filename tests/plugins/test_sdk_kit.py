"""The SDK's test kit: its suites find what is wrong, and its fixtures say what they lack."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from distro_plugins.ern43 import Ern43Plugin
from distro_plugins.genres import GenresPlugin
from distro_plugins.local_folder.session import LocalFolderSession
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Genre
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.testing.clock import SettableClock
from distro_sdk.testing.collections import context_in_memory
from distro_sdk.testing.genres import GenreMapperConformance
from distro_sdk.testing.messages import MessageBuilderConformance
from distro_sdk.testing.plans import example_plan
from distro_sdk.testing.plugins import PluginConformance
from distro_sdk.testing.sources import BytesSource, PatternSource
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import FileSource, Progress, TransportCapabilities

NUMBERS = itertools.count()


class Nothing(Model):
    """No settings."""


class FolderTransport:
    """A transport over a session class, so that one method at a time can be spoilt."""

    key = "folder"
    title = "Folder"
    configuration: type[BaseModel] = Nothing
    capabilities = TransportCapabilities(
        atomic_put=True, read=True, list=True, delete=True, remote_hash=frozenset({"md5", "sha1", "sha256"})
    )

    def __init__(self, root: Path, session: type[LocalFolderSession] = LocalFolderSession) -> None:
        self._root = root
        self._session = session

    @asynccontextmanager
    async def connect(self, configuration: Nothing) -> AsyncIterator[LocalFolderSession]:
        yield self._session(self._root)


class Visible(LocalFolderSession):
    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        place = self._root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            async for block in source.blocks():
                file.write(block)
                file.flush()
                await progress(file.tell())


class Greedy(LocalFolderSession):
    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        content = b"".join([block async for block in source.blocks()])
        await super().put(path, BytesSource(content), progress)


class Boastful(LocalFolderSession):
    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        async def backwards(transferred: int) -> None:
            await progress(source.size - transferred)

        await super().put(path, source, backwards)


class Forgetful(LocalFolderSession):
    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        return None


class Harsh(LocalFolderSession):
    async def delete(self, path: str) -> None:
        if await self.stat(path) is None:
            raise TransportError(ErrorCategory.UNKNOWN, "GONE", "it is gone", retryable=False)
        await super().delete(path)


class Careless(LocalFolderSession):
    def _resolve(self, path: str) -> Path:
        return self._root / path


class Leaky(LocalFolderSession):
    async def read(self, path: str, *, max_size: int) -> bytes:
        return (self._root / path).read_bytes()[:max_size]


@pytest.mark.parametrize(
    ("session", "test"),
    [
        (Visible, "test_a_half_written_file_is_never_visible"),
        (Greedy, "test_a_large_file_is_streamed"),
        (Boastful, "test_a_large_file_is_streamed"),
        (Forgetful, "test_hashes_are_those_it_declares"),
        (Harsh, "test_deletes_a_file_once_and_again"),
        (Careless, "test_no_path_leads_out_of_the_directory"),
        (Leaky, "test_reads_no_more_than_asked_for"),
    ],
)
async def test_the_suite_for_transports_finds_what_is_wrong(
    tmp_path: Path, session: type[LocalFolderSession], test: str
) -> None:
    sound = FolderTransport(tmp_path / "sound")
    spoilt = FolderTransport(tmp_path / "spoilt", session)
    check = getattr(TransportConformance(), test)

    await check(transport=sound, configuration=Nothing())

    with pytest.raises((AssertionError, TransportError, FileNotFoundError, pytest.fail.Exception)):
        await check(transport=spoilt, configuration=Nothing())


async def test_a_refusal_of_another_kind_is_found(tmp_path: Path) -> None:
    def find_the_door_locked() -> LocalFolderSession:
        raise TransportError(ErrorCategory.AUTH_INVALID, "LOCKED", "the door is locked", retryable=False)

    class Locked(FolderTransport):
        @asynccontextmanager
        async def connect(self, configuration: Nothing) -> AsyncIterator[LocalFolderSession]:
            yield find_the_door_locked()

    def refusals(category: ErrorCategory) -> Sequence[Refusal]:
        return [Refusal("a locked door", Nothing(), category, retryable=False)]

    suite = TransportConformance()

    await suite.test_says_why_it_cannot_connect(Locked(tmp_path), refusals(ErrorCategory.AUTH_INVALID))

    with pytest.raises(AssertionError, match="a locked door"):
        await suite.test_says_why_it_cannot_connect(Locked(tmp_path), refusals(ErrorCategory.NETWORK_TIMEOUT))
    with pytest.raises(AssertionError, match="it connected"):
        await suite.test_says_why_it_cannot_connect(FolderTransport(tmp_path), refusals(ErrorCategory.NETWORK_TIMEOUT))


class SpoiltBuilder:
    """The builder of ERN 4.3 with something done to its messages."""

    def __init__(self, spoil: Callable[[bytes, MessagePlan], bytes]) -> None:
        (self._builder,) = Ern43Plugin().register_message_builders()
        self._spoil = spoil
        self.format = self._builder.format
        self.schema = self._builder.schema
        self.namespace = self._builder.namespace
        self.profiles = self._builder.profiles
        self.takedown_forms = self._builder.takedown_forms

    def build(self, plan: MessagePlan) -> bytes:
        return self._spoil(self._builder.build(plan), plan)


class TestErn43(MessageBuilderConformance):
    @pytest.fixture
    def builder(self) -> MessageBuilder:
        (builder,) = Ern43Plugin().register_message_builders()
        return builder


@pytest.mark.parametrize(
    ("test", "spoil"),
    [
        ("test_writes_well_formed_messages_in_its_namespace", lambda message, _: message[:-1]),
        ("test_writes_well_formed_messages_in_its_namespace", lambda *_: b"<other/>"),
        ("test_writes_the_same_bytes_each_time", lambda message, _: message + b" " * next(NUMBERS)),
        ("test_names_what_the_message_is_about", lambda message, plan: message.replace(plan.message_id.encode(), b"")),
        ("test_keeps_every_character_of_titles_and_names", lambda message, _: message.replace("Æ".encode(), b"AE")),
        ("test_names_every_file_that_travels_with_its_hash", lambda message, _: message.replace(b".flac<", b".wav<")),
        (
            "test_tells_a_test_from_the_real_thing_and_a_takedown_from_an_offer",
            lambda message, _: message.replace(b"TestMessage", b"LiveMessage"),
        ),
    ],
)
def test_the_suite_for_builders_finds_what_is_wrong(test: str, spoil: Callable[[bytes, MessagePlan], bytes]) -> None:
    suite = MessageBuilderConformance()
    plans = (example_plan(),)

    getattr(suite, test)(builder=SpoiltBuilder(lambda message, _: message), plans=plans)

    with pytest.raises((AssertionError, DomainError)):
        getattr(suite, test)(builder=SpoiltBuilder(spoil), plans=plans)


def test_the_suite_for_mappers_finds_what_is_wrong() -> None:
    class Moody:
        provider = "moody"
        version = "1"

        def __init__(self) -> None:
            self.asked = 0

        def map(self, genre: Genre) -> PlannedGenre:
            self.asked += 1
            return PlannedGenre(name=f"{genre.name} {self.asked}")

    suite = GenreMapperConformance()
    pop = Genre(name="Pop", code="POP-00")
    examples: Mapping[str, tuple[Genre, PlannedGenre | None]] = {"pop": (pop, PlannedGenre(name="Pop", code="POP-00"))}
    truth = next(mapper for mapper in GenresPlugin().register_genre_mappers() if mapper.provider == "truth")

    suite.test_says_the_same_each_time(truth, examples)
    suite.test_maps_its_examples(truth, examples)

    with pytest.raises(AssertionError):
        suite.test_says_the_same_each_time(Moody(), examples)
    with pytest.raises(AssertionError, match="pop"):
        suite.test_maps_its_examples(Moody(), examples)
    with pytest.raises(AssertionError, match="at least one genre"):
        suite.test_maps_its_examples(truth, {"nothing": (Genre(name="Polka"), None)})


class TestGenresPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[GenresPlugin]:
        return GenresPlugin


async def test_a_pattern_can_be_read_from_anywhere_in_blocks_of_any_size() -> None:
    source = PatternSource(5000)
    whole = b"".join([block async for block in source.blocks()])

    parts = b"".join([block async for block in source.blocks(offset=1234, block_size=77)])

    assert len(whole) == source.size
    assert parts == whole[1234:]


def test_the_clock_moves_when_it_is_told_to(sdk_clock: SettableClock) -> None:
    assert sdk_clock.now() == datetime(2026, 1, 15, 12, 0, tzinfo=UTC)

    assert sdk_clock.advance(timedelta(days=1)) == datetime(2026, 1, 16, 12, 0, tzinfo=UTC)
    assert sdk_clock.now() == datetime(2026, 1, 16, 12, 0, tzinfo=UTC)


def test_a_context_in_memory_tells_the_time_that_the_test_sets(sdk_clock: SettableClock) -> None:
    context = context_in_memory("notes", read_clock=sdk_clock.now)

    sdk_clock.advance(timedelta(days=1))

    assert context.now() == datetime(2026, 1, 16, 12, 0, tzinfo=UTC)


def run_pytest(folder: Path, *, conftest: str = "", ini: str = "") -> str:
    (folder / "conftest.py").write_text(conftest)
    (folder / "pytest.ini").write_text(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}\n")
    (folder / "test_plugin.py").write_text(
        "import pytest\n\n@pytest.mark.asyncio\nasync def test_it(running_platform):\n    assert running_platform\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return run.stdout


def test_without_a_platform_the_fixture_skips_and_says_why(tmp_path: Path) -> None:
    output = run_pytest(
        tmp_path, conftest="import sys\nsys.modules['distro_core'] = None\n", ini="stardust_plugin = x-x"
    )

    assert "1 skipped" in output
    assert "the platform is not installed: pip install 'stardust-distro[embedded]'" in output


@pytest.mark.slow
def test_without_a_name_the_fixture_says_where_to_write_it(tmp_path: Path) -> None:
    output = run_pytest(tmp_path)

    assert "say which plugin is tested: set stardust_plugin in pytest's settings" in output


@pytest.mark.slow
def test_a_plugin_that_is_not_installed_is_named(tmp_path: Path) -> None:
    output = run_pytest(tmp_path, ini="stardust_plugin = no-such-plugin")

    assert "NOT_FOUND: there is no plugin with id no-such-plugin" in output


def test_importing_the_pytest_plugin_imports_nothing_else_of_the_sdk() -> None:
    code = "import sys, distro_sdk.testing.pytest_plugin; print(sorted(m for m in sys.modules if 'distro' in m))"

    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout

    assert output.strip() == "['distro_sdk', 'distro_sdk.testing', 'distro_sdk.testing.pytest_plugin']"


def test_what_the_sdk_does_not_have_is_an_attribute_error() -> None:
    import distro_sdk

    names: Any = distro_sdk
    with pytest.raises(AttributeError, match="has no attribute 'Plugout'"):
        _ = names.Plugout
