"""Every way in which SFTP fails, named where its cause is still known."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import (
    CONNECT_TIMEOUT,
    HOST_NOT_FOUND,
    LOST,
    REFUSED,
    SOURCE_UNREADABLE,
    UNREACHABLE,
    Verdict,
    raised,
)

FAILURES = (asyncssh.Error, OSError, EOFError, TimeoutError)
"""What asyncssh and the operating system raise; a `TransportError` is none of them."""

DISK_FULL = re.compile(
    r"no space|disk (is )?full|disk quota|quota exceeded|insufficient (space|storage)", re.IGNORECASE
)


LONGEST_REASON = 300
"""Characters of a server's words that a message repeats."""

LONGEST_MESSAGE = 5000
"""Characters of a message: paths come into it too, and a server tells some of them."""


_LOGIN = Verdict(ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", retryable=False)
_HOST_KEY = Verdict(ErrorCategory.AUTH_INVALID, "HOST_KEY_CHANGED", retryable=False)
_ALGORITHMS = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "NO_COMMON_ALGORITHM", retryable=False)
_UNAVAILABLE = Verdict(ErrorCategory.API_UNAVAILABLE, "SFTP_UNAVAILABLE", retryable=True)
_PERMISSION = Verdict(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", retryable=False)
_FULL = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", retryable=True)
_MISSING = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", retryable=True)
_PROTOCOL = Verdict(ErrorCategory.UNKNOWN, "PROTOCOL_ERROR", retryable=True)
_REMOTE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FAILURE", retryable=True)

_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], Verdict], ...] = (
    ((asyncssh.HostKeyNotVerifiable,), _HOST_KEY),
    ((asyncssh.PermissionDenied, asyncssh.IllegalUserName), _LOGIN),
    ((asyncssh.KeyExchangeFailed, asyncssh.ProtocolNotSupported), _ALGORITHMS),
    ((asyncssh.ServiceNotAvailable, asyncssh.ChannelOpenError), _UNAVAILABLE),
    ((asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded), _FULL),
    ((asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect, asyncssh.SFTPCannotDelete), _PERMISSION),
    ((asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath), _MISSING),
    ((asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.ConnectionLost, EOFError), LOST),
    ((asyncssh.SFTPError,), _REMOTE),
    ((asyncssh.Error,), _PROTOCOL),
    ((socket.gaierror,), HOST_NOT_FOUND),
    ((TimeoutError,), CONNECT_TIMEOUT),
    ((ConnectionRefusedError,), REFUSED),
    ((ConnectionError,), LOST),
)

_BY_ERRNO = {
    errno.EHOSTUNREACH: UNREACHABLE,
    errno.ENETUNREACH: UNREACHABLE,
    errno.EHOSTDOWN: UNREACHABLE,
    errno.ENETDOWN: UNREACHABLE,
    errno.ETIMEDOUT: CONNECT_TIMEOUT,
}


def classify(error: Exception, doing: str, detail: str = "") -> TransportError:
    """The error that leaves the transport.

    `doing`: what was tried, such as ``write a/b.wav``; `detail`: what else is known of it.
    """
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or type(error).__name__
    return transport_error(_verdict(error), f"cannot {doing}: {quoted(reason)}" + (f"; {detail}" if detail else ""))


def quoted(words: str, most: int = LONGEST_REASON) -> str:
    """What a server says, as a message may repeat it: cut, and without line breaks and control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in words[:most])


def transport_error(verdict: Verdict, message: str) -> TransportError:
    """A verdict as the error that is raised."""
    return raised(verdict, quoted(message, LONGEST_MESSAGE))


def disk_full(doing: str, reason: str) -> TransportError:
    """The receiver has no room, whatever words or numbers it says that in."""
    return transport_error(_FULL, f"cannot {doing}: the receiver's disk is full or its quota used up ({reason})")


@contextmanager
def classified(doing: str) -> Iterator[None]:
    """Let nothing but `TransportError` out of the block."""
    try:
        yield
    except FAILURES as error:
        raise classify(error, doing) from error


@contextmanager
def reading_source(doing: str) -> Iterator[None]:
    """Tell a fault of our own file from one of the connection: both are `OSError`s."""
    try:
        yield
    except OSError as error:
        raise transport_error(SOURCE_UNREADABLE, f"cannot {doing}: our own file: {error.strerror or error}") from error


def _verdict(error: Exception) -> Verdict:
    if isinstance(error, asyncssh.SFTPError) and DISK_FULL.search(error.reason):
        return _FULL
    for types, verdict in _BY_TYPE:
        if isinstance(error, types):
            return verdict
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    return LOST
