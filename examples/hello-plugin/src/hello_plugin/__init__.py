"""An example plugin for Stardust Distro. It imports the SDK and nothing else of the platform."""

from hello_plugin.plugin import HelloPlugin

__all__ = ["HelloPlugin"]
