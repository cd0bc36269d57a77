"""The plugin that registers the profiles of `profiles.json`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import ClassVar

from pydantic import TypeAdapter

from distro_sdk.platforms import PlatformProfile
from distro_sdk.plugin import Plugin

_profiles: TypeAdapter[tuple[PlatformProfile, ...]] = TypeAdapter(tuple[PlatformProfile, ...])


class PlatformsPlugin(Plugin):
    """Profiles as data: a new platform is a new entry in `profiles.json`."""

    id: ClassVar[str] = "platforms"

    def register_platforms(self) -> Sequence[PlatformProfile]:
        """All profiles of the data file."""
        return _profiles.validate_json((files(__package__) / "profiles.json").read_bytes())
