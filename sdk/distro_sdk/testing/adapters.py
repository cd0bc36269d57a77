"""What every adapter of a platform must be able to do, as a suite to subclass."""

from __future__ import annotations

import json
from datetime import date

import pytest
from pydantic import BaseModel

from distro_sdk.adapters import (
    AdapterAction,
    ConnectionType,
    Content,
    ContentFile,
    ContentPackage,
    PlatformAdapter,
    StoreQuery,
)
from distro_sdk.models.catalogue import Release, Track
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageSubtype

UNKNOWN = "no-delivery-has-this-reference"


def example_content(message_id: str = "MSG-1", subtype: MessageSubtype = MessageSubtype.INITIAL) -> Content:
    """A delivery of a release with two tracks."""
    tracks = tuple(
        Track(id=f"T{place}", title=f"Track {place}", display_artist="The Example", isrc=f"DEA12260000{place}")
        for place in (1, 2)
    )
    release = Release(
        id="R1",
        title="Night Drive",
        display_artist="The Example",
        icpn="4006381333931",
        release_date=date(2030, 1, 1),
        tracks=tracks,
    )
    return Content(
        delivery_id="D1",
        message_id=message_id,
        batch_id="20300101000000000",
        subtype=subtype,
        test=False,
        release=release,
        artists=("The Example",),
        label="Northern Lights",
        files=(ContentFile(path="batch/1.wav", kind=FileKind.AUDIO, size=3, md5="0" * 32),),
    )


@pytest.mark.asyncio
class AdapterConformance:
    """Subclass it as `Test…` and override the fixtures `adapter` and `configuration`.

    The platform behind the configuration must know no delivery when a test begins. Override `refused` where the
    platform can refuse credentials.
    """

    @pytest.fixture
    def adapter(self) -> PlatformAdapter:
        """The adapter under test."""
        raise NotImplementedError("override the fixture `adapter` with the adapter under test")

    @pytest.fixture
    def configuration(self) -> BaseModel:
        """Settings of a working target."""
        raise NotImplementedError("override the fixture `configuration` with the settings of a working target")

    @pytest.fixture
    def refused(self) -> BaseModel | None:
        """Settings with credentials that the platform refuses, None where it asks for none."""
        return None

    async def test_says_what_it_is(self, adapter: PlatformAdapter, configuration: BaseModel) -> None:
        assert adapter.key
        assert adapter.title
        assert adapter.connection_type in set(ConnectionType)
        assert adapter.actions <= set(AdapterAction)
        assert isinstance(configuration, adapter.configuration)
        assert adapter.platform_metadata().name
        assert adapter.content_requirements().audio_formats
        assert adapter.connection_type is not ConnectionType.MANUAL or not adapter.actions

    async def test_finds_what_a_release_lacks(self, adapter: PlatformAdapter) -> None:
        whole = example_content().release
        empty = Release(id="R2", title="Untold", tracks=(Track(id="T1", title="Untold", display_artist="Nobody"),))

        assert list(adapter.validate_content(whole)) == []
        assert [issue for issue in adapter.validate_content(empty) if issue.code and issue.message]

    async def test_the_same_content_gives_the_same_package(self, adapter: PlatformAdapter) -> None:
        first = adapter.prepare_content(example_content())
        second = adapter.prepare_content(Content.model_validate(example_content().model_dump()))
        other = adapter.prepare_content(example_content("MSG-2"))

        assert first == second
        assert first.key != other.key
        assert json.loads(json.dumps(first.document)) == first.document

    async def test_content_is_taken_in_once(self, adapter: PlatformAdapter, configuration: BaseModel) -> None:
        package = adapter.prepare_content(example_content())
        async with adapter.connect(configuration) as session:
            first = await session.deliver_content(package)
            again = await session.deliver_content(package)
            other = await session.deliver_content(adapter.prepare_content(example_content("MSG-2")))

        assert first.reference == again.reference
        assert first.reference != other.reference

    async def test_a_delivery_has_a_status(self, adapter: PlatformAdapter, configuration: BaseModel) -> None:
        async with adapter.connect(configuration) as session:
            taken = await session.deliver_content(adapter.prepare_content(example_content()))
            report = await session.check_status(taken.reference)

        assert report.word

    async def test_changes_and_takedowns_are_taken_or_left_to_others(
        self, adapter: PlatformAdapter, configuration: BaseModel
    ) -> None:
        update = adapter.prepare_content(example_content("MSG-2", MessageSubtype.UPDATE))
        takedown = adapter.prepare_content(example_content("MSG-3", MessageSubtype.TAKEDOWN))
        async with adapter.connect(configuration) as session:
            taken = await session.deliver_content(adapter.prepare_content(example_content()))

            updated = await session.update_metadata(taken.reference, update)
            unknown = await session.update_metadata(UNKNOWN, update)
            removed = await session.takedown(taken.reference, takedown)

        assert updated is (AdapterAction.UPDATE_METADATA in adapter.actions)
        assert unknown is False
        assert removed is (AdapterAction.TAKEDOWN in adapter.actions)

    async def test_a_store_does_not_show_what_it_never_had(
        self, adapter: PlatformAdapter, configuration: BaseModel
    ) -> None:
        async with adapter.connect(configuration) as session:
            assert await session.check_availability(StoreQuery(icpn="0000000000000")) is None

    async def test_credentials_are_told_apart(
        self, adapter: PlatformAdapter, configuration: BaseModel, refused: BaseModel | None
    ) -> None:
        async with adapter.connect(configuration) as session:
            assert await session.validate_authentication() is True
        if refused is not None:
            async with adapter.connect(refused) as session:
                assert await session.validate_authentication() is False
                assert await session.refresh_authentication() is False

    async def test_a_package_says_the_same_in_json(self, adapter: PlatformAdapter) -> None:
        package = adapter.prepare_content(example_content())

        assert ContentPackage.model_validate_json(package.model_dump_json()) == package
