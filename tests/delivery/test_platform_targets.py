"""Targets made from platforms: each writes the version that its platform prefers, or another that it reads."""

from __future__ import annotations

import pytest

from distro_core.delivery.targets.drafts import TargetChanges
from distro_sdk.errors import DomainError
from distro_sdk.models.message import MessageOptions
from tests.delivery.label import Label

PREFERRED = {
    "amazon-music": "ern/3.8.2",
    "deezer": "ern/3.8.2",
    "pandora": "ern/4.3",
    "soundcloud": "ern/3.8.2",
    "spotify": "ern/4.3",
    "tidal": "ern/4.3",
    "tiktok": "ern/4.3",
    "youtube-music": "ern/4.3",
}


@pytest.mark.proves("ERN-04", "TGT-08")
@pytest.mark.parametrize(("key", "format"), PREFERRED.items())
async def test_a_target_writes_the_version_that_its_platform_prefers(label: Label, key: str, format: str) -> None:
    target = await label.target(platform=key)
    profile = label.scope.plugins.platforms[key]

    assert target.format == format == profile.formats[0]
    assert target.choreography == profile.choreography
    assert target.genre_provider == profile.genre_provider
    assert target.commercial_terms == profile.commercial_terms


@pytest.mark.proves("ERN-04")
async def test_another_version_that_the_platform_reads_is_taken(label: Label) -> None:
    target = await label.target(platform="spotify", format="ern/4.2")
    changed = await label.targets.update(target.id, TargetChanges(format="ern/4.3"))

    assert (target.format, changed.format) == ("ern/4.2", "ern/4.3")


@pytest.mark.proves("ERN-04")
async def test_a_version_that_the_platform_does_not_read_is_refused(label: Label) -> None:
    target = await label.target(platform="spotify")

    with pytest.raises(DomainError) as created:
        await label.target(platform="deezer", format="ern/4.3")
    with pytest.raises(DomainError) as updated:
        await label.targets.update(target.id, TargetChanges(format="ern/3.8.2"))
    with pytest.raises(DomainError) as moved:
        await label.targets.update(target.id, TargetChanges(platform="deezer"))

    for refusal in (created, updated, moved):
        assert (refusal.value.code, refusal.value.path) == ("PLATFORM_FORMAT_UNSUPPORTED", ("format",))
    assert created.value.message == "“Deezer” takes ern/3.8.2, ern/4.2, not ern/4.3"
    assert (await label.targets.get(target.id)).format == "ern/4.3"


async def test_a_format_of_another_standard_is_between_the_partners(label: Label) -> None:
    target = await label.target(
        platform="spotify", format="apple/5.3", choreography="itmsp", message_settings={"provider": "NorthernLights"}
    )

    assert target.format == "apple/5.3"
    assert target.options == MessageOptions()
