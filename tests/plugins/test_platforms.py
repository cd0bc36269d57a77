"""Platforms: profiles that name only what exists, and what each platform asks for."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from distro_core.catalogue.identifiers import check_dpid
from distro_core.scope import Scope
from distro_sdk.platform_rules import RuleKind
from distro_sdk.platforms import PlatformCategory, PlatformProfile

FORMATS = {
    "amazon-music": ("ern/3.8.2", "ern/4.3", "ern/4.2"),
    "apple-music": ("apple/5.3", "ern/4.3"),
    "conformance-receiver": ("ern/4.3", "ern/4.3.2", "ern/4.2", "ern/3.8.2"),
    "deezer": ("ern/3.8.2", "ern/4.2"),
    "generic": ("ern/4.3", "ern/4.3.2", "ern/4.2", "ern/3.8.2"),
    "pandora": ("ern/4.3",),
    "soundcloud": ("ern/3.8.2", "ern/4.3"),
    "spotify": ("ern/4.3", "ern/4.2"),
    "tidal": ("ern/4.3", "ern/4.2"),
    "tiktok": ("ern/4.3",),
    "youtube-music": ("ern/4.3",),
}

SPECIAL = {
    "apple-music": {
        RuleKind.CONTRIBUTOR,
        RuleKind.LOSSLESS_AUDIO,
        RuleKind.IMMERSIVE_AUDIO,
        RuleKind.BOOKLET,
        RuleKind.ARTIST_ID,
    },
    "spotify": {RuleKind.LEAD_TIME, RuleKind.ARTIST_ID, RuleKind.OFFER},
    "tiktok": {RuleKind.PREVIEW, RuleKind.COMMERCIAL_TERMS, RuleKind.OFFER},
    "youtube-music": {
        RuleKind.SAME_ON_ALL_TARGETS,
        RuleKind.COMMERCIAL_TERMS,
        RuleKind.ARTIST_ID,
        RuleKind.OFFER,
    },
}


def profiles_file() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((files("distro_plugins.platforms") / "profiles.json").read_bytes())
    return found


@pytest.mark.hook("register_platforms")
@pytest.mark.proves("ADP-09")
async def test_every_profile_can_be_delivered_to_with_the_built_in_plugins(label_a: Scope) -> None:
    plugins = label_a.plugins

    assert {key: profile.formats for key, profile in plugins.platforms.items()} == FORMATS
    for profile in plugins.platforms.values():
        assert set(profile.formats) <= set(plugins.message_builders)
        assert profile.choreography in plugins.choreographies
        assert profile.genre_provider in plugins.genre_mappers
        assert profile.minimum_cover == 3000
        assert profile.dpid is None or check_dpid(profile.dpid, ())


async def test_the_receiver_takes_every_audio_format_at_once(label_a: Scope) -> None:
    receiver = label_a.plugins.platforms["conformance-receiver"]

    assert {audio.value for audio in receiver.audio_formats} == {"WAV", "FLAC", "MP3"}
    assert receiver.lead_time == 0


async def test_the_special_rules_of_platforms_are_data(label_a: Scope) -> None:
    platforms = label_a.plugins.platforms

    assert {key: {rule.kind for rule in platforms[key].rules} for key in SPECIAL} == SPECIAL
    offered = {
        rule.parameters["name"]
        for profile in platforms.values()
        for rule in profile.rules
        if rule.kind is RuleKind.OFFER
    }
    assert {"pre-save", "canvas", "art-track", "content-id", "channel-sync", "short-form"} <= offered


async def test_categories_and_territories_are_told(label_a: Scope) -> None:
    platforms = label_a.plugins.platforms

    assert platforms["youtube-music"].category is PlatformCategory.VIDEO
    assert platforms["tiktok"].category is PlatformCategory.SOCIAL
    assert platforms["deezer"].category is PlatformCategory.STREAMING
    assert platforms["pandora"].territories.included == ("US",)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"rules": [{"kind": "horoscope", "sentence": "Ask the stars."}]}, ("rules", 0)),
        ({"rules": [{"kind": "lead_time", "sentence": "Early."}]}, ("rules", 0, "lead_time", "hours")),
        ({"rules": [{"kind": "lead_time", "sentence": "Early.", "hours": 0}]}, ("rules", 0, "lead_time", "hours")),
        (
            {"rules": [{"kind": "lossless_audio", "sentence": "Loud.", "days": 1}]},
            ("rules", 0, "lossless_audio", "days"),
        ),
        ({"rules": [{"kind": "preview", "sentence": "Short.", "shortest": 9, "longest": 8}]}, ("rules", 0, "preview")),
        ({"category": "cassette"}, ("category",)),
        ({"formats": []}, ("formats",)),
        ({"formats": ["ern/4.3", "ern/4.3"]}, ()),
        ({"audio": {"lowest_sample_rate": 96_000, "highest_sample_rate": 48_000}}, ("audio",)),
        ({"images": {"formats": ["BMP"]}}, ("images", "formats", 0)),
        ({"lead_time": -1}, ("lead_time",)),
        ({"rate_limit": {"deliveries": 0}}, ("rate_limit", "deliveries")),
        ({"key": "No Key"}, ("key",)),
        ({"colour": "green"}, ("colour",)),
    ],
)
def test_a_profile_that_says_what_nobody_knows_is_refused(change: dict[str, Any], place: tuple[str | int, ...]) -> None:
    given = profiles_file()[0] | change

    with pytest.raises(ValidationError) as refusal:
        PlatformProfile.model_validate(given)

    assert place in [fault["loc"] for fault in refusal.value.errors()]


def test_profiles_read_back_as_they_were_written() -> None:
    adapter = TypeAdapter(tuple[PlatformProfile, ...])
    profiles = adapter.validate_python(profiles_file())

    assert adapter.validate_json(adapter.dump_json(profiles)) == profiles
    assert [profile.key for profile in profiles] == [entry["key"] for entry in profiles_file()]


def test_commercial_models_are_told_once_each() -> None:
    spotify = next(entry for entry in profiles_file() if entry["key"] == "spotify")

    models = PlatformProfile.model_validate(spotify).commercial_models

    assert models == ("SubscriptionModel", "AdvertisementSupportedModel")
