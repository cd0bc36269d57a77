"""The contract between Stardust Distro and its plugins.

A plugin imports this package and nothing else of the platform.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: pytest imports this package before coverage measures anything."""
    if name not in __all__:
        return import_module("distro_sdk.deprecations").deprecated_names(__name__)(name)
    home = "distro_sdk.plugin" if name in {"ENTRY_POINT_GROUP", "Plugin", "PluginContext"} else "distro_sdk.errors"
    return getattr(import_module(home), name)
