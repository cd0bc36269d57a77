"""Licences of a licence server: asks it over HTTPS whether a licence is good."""

from distro_plugins.license_server.plugin import LicenseServerPlugin

__all__ = ["LicenseServerPlugin"]
