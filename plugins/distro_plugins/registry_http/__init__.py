"""Registries over HTTPS: reads what lies at addresses, from public networks only."""

from distro_plugins.registry_http.plugin import RegistryHttpPlugin

__all__ = ["RegistryHttpPlugin"]
