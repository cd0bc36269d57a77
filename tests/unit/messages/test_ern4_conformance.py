"""The builders of ERN 4 do what every builder must, and say what they can."""

from __future__ import annotations

import pytest

from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern432 import Ern432Builder
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.message import ProfileVariant, ReleaseProfile, TakedownForm
from distro_sdk.testing.messages import MessageBuilderConformance
from tests.unit.messages.ern4_written import BUILDERS


class TestErn42(MessageBuilderConformance):
    @pytest.fixture
    def builder(self) -> MessageBuilder:
        return Ern42Builder()


class TestErn43(MessageBuilderConformance):
    @pytest.fixture
    def builder(self) -> MessageBuilder:
        return Ern43Builder()


class TestErn432(MessageBuilderConformance):
    @pytest.fixture
    def builder(self) -> MessageBuilder:
        return Ern432Builder()


@pytest.mark.proves("ERN-05", "ERN-24")
@pytest.mark.parametrize("format", BUILDERS)
def test_every_version_has_every_profile_and_variant_and_the_takedowns_of_ern_4(format: str) -> None:
    builder = BUILDERS[format]

    assert builder.profiles == frozenset(ReleaseProfile)
    assert builder.variants == frozenset(ProfileVariant)
    assert builder.takedown_forms == {TakedownForm.NO_DEALS, TakedownForm.END_DATE, TakedownForm.PURGE}
    assert builder.supports_immersive_audio


def test_each_version_is_a_format_of_its_own() -> None:
    told = {builder.format: builder.namespace for builder in BUILDERS.values()}

    assert told == {
        "ern/4.2": "http://ddex.net/xml/ern/42",
        "ern/4.3": "http://ddex.net/xml/ern/43",
        "ern/4.3.2": "http://ddex.net/xml/ern/432",
    }
