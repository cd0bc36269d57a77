"""Offline licences: signed licence tokens, verified without any network."""

from distro_plugins.offline_license.plugin import OfflineLicensePlugin

__all__ = ["OfflineLicensePlugin"]
