"""A conformance receiver: a DSP of our own that shares no code with what builds and delivers.

It takes packages over SFTP, waits for the completion marker, reads everything again and writes the acknowledgement.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distro_api.receiver.documents import SchemaFolder
    from distro_api.receiver.events import FileAction, FileEvent
    from distro_api.receiver.inspection import Arrival, Rules, inspect_package
    from distro_api.receiver.receiver import Receiver, ReceiverOptions
    from distro_api.receiver.reports import Finding, MessageReport, PackageReport, Reply, Severity
    from distro_api.receiver.server import ReceiverUser
    from distro_api.receiver.verdicts import Rejection

__all__ = [
    "Arrival",
    "FileAction",
    "FileEvent",
    "Finding",
    "MessageReport",
    "PackageReport",
    "Receiver",
    "ReceiverOptions",
    "ReceiverUser",
    "Rejection",
    "Reply",
    "Rules",
    "SchemaFolder",
    "Severity",
    "inspect_package",
]

_MODULES = {
    "documents": ("SchemaFolder",),
    "events": ("FileAction", "FileEvent"),
    "inspection": ("Arrival", "Rules", "inspect_package"),
    "receiver": ("Receiver", "ReceiverOptions"),
    "reports": ("Finding", "MessageReport", "PackageReport", "Reply", "Severity"),
    "server": ("ReceiverUser",),
    "verdicts": ("Rejection",),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what is asked for: the command line knows this package without paying for SSH and XML."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
