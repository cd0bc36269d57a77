"""Platforms: profiles from which targets are made."""

from distro_plugins.platforms.plugin import PlatformsPlugin

__all__ = ["PlatformsPlugin"]
