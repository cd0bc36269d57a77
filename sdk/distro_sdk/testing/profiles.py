"""What every profile of a platform must keep to, as a suite to subclass."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from distro_sdk.platforms import PlatformProfile


class PlatformConformance:
    """Subclass it as `Test…` and override the fixture."""

    @pytest.fixture
    def platform(self) -> PlatformProfile:
        """The profile under test."""
        raise NotImplementedError("override the fixture `platform` with the profile under test")

    def test_says_the_same_in_json(self, platform: PlatformProfile) -> None:
        assert PlatformProfile.model_validate_json(platform.model_dump_json()) == platform

    def test_is_data_that_nobody_changes(self, platform: PlatformProfile) -> None:
        with pytest.raises(ValidationError):
            platform.key = "another"  # type: ignore[misc]

    def test_takes_its_formats_and_no_other_version_of_them(self, platform: PlatformProfile) -> None:
        for format in platform.formats:
            assert platform.takes(format)
            assert not platform.takes(f"{format.partition('/')[0]}/0.0")

    def test_sells_each_thing_once(self, platform: PlatformProfile) -> None:
        models = [terms.commercial_model for terms in platform.commercial_terms]

        assert len(set(models)) == len(models)
        assert platform.commercial_models == tuple(models)
        assert all(terms.use_types for terms in platform.commercial_terms)

    def test_asks_for_nothing_that_contradicts_itself(self, platform: PlatformProfile) -> None:
        assert platform.audio_formats
        assert platform.lead_time <= platform.advised_lead_time
        longest = platform.images.longest_side
        assert longest is None or platform.minimum_cover <= longest

    def test_reads_a_refusal_in_one_way(self, platform: PlatformProfile) -> None:
        words = [entry.words.casefold() for entry in platform.error_words]

        assert len(set(words)) == len(words)
        for place, phrase in enumerate(words):
            hidden = [earlier for earlier in words[:place] if earlier in phrase]
            assert not hidden, f"{phrase!r} is never reached: {hidden[0]!r} before it fits too"
