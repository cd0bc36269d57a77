"""A conformance receiver: a DSP of our own that shares no code with what builds and delivers.

It takes packages over SFTP, waits for the completion marker, reads everything again and writes the acknowledgement.
"""

from __future__ import annotations

from distro_api.receiver.documents import SchemaFolder
from distro_api.receiver.events import FileAction, FileEvent
from distro_api.receiver.inspection import Arrival, Rejection, Rules, inspect_package
from distro_api.receiver.receiver import Receiver, ReceiverOptions
from distro_api.receiver.reports import Finding, MessageReport, PackageReport, Severity
from distro_api.receiver.server import ReceiverUser

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
    "Rules",
    "SchemaFolder",
    "Severity",
    "inspect_package",
]
