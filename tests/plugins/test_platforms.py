"""Platforms: profiles that name only what exists."""

from __future__ import annotations

import pytest

from distro_core.scope import Scope


@pytest.mark.hook("register_platforms")
async def test_every_profile_can_be_delivered_to_with_the_built_in_plugins(label_a: Scope) -> None:
    plugins = label_a.plugins

    assert set(plugins.platforms) == {"generic", "conformance-receiver", "apple-music"}
    for profile in plugins.platforms.values():
        assert set(profile.formats) <= set(plugins.message_builders)
        assert profile.choreography in plugins.choreographies
        assert profile.genre_provider in plugins.genre_mappers
        assert profile.minimum_cover == 3000


async def test_the_receiver_takes_every_audio_format_at_once(label_a: Scope) -> None:
    receiver = label_a.plugins.platforms["conformance-receiver"]

    assert {audio.value for audio in receiver.audio_formats} == {"WAV", "FLAC", "MP3"}
    assert receiver.lead_time == 0
