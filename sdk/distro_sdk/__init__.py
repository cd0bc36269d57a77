"""The contract between Stardust Distro and its plugins.

A plugin imports this package and nothing else of the platform.
"""

from distro_sdk.errors import DomainError, DomainErrors, ErrorCategory, PluginError, TransportError
from distro_sdk.plugin import ENTRY_POINT_GROUP, Plugin, PluginContext

__version__ = "0.1.0"

__all__ = [
    "ENTRY_POINT_GROUP",
    "DomainError",
    "DomainErrors",
    "ErrorCategory",
    "Plugin",
    "PluginContext",
    "PluginError",
    "TransportError",
    "__version__",
]
