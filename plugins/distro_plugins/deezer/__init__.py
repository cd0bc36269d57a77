"""Deezer as a source of metadata."""

from distro_plugins.deezer.plugin import DeezerPlugin

__all__ = ["DeezerPlugin"]
