"""Every way in which FTP fails, named where its cause is still known.

FTP has few reply codes (RFC 959 section 4.2): 550 alone says "missing", "forbidden" and "exists". So a reply is judged
by its code first where that is clear, then by the words that servers use.
"""

from __future__ import annotations

import errno
import ftplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import (
    HOST_NOT_FOUND,
    LOST,
    REFUSED,
    SOURCE_UNREADABLE,
    STALLED,
    UNREACHABLE,
    Verdict,
    raised,
)

FAILURES = (ftplib.Error, OSError, EOFError)
"""What ftplib, ssl and the operating system raise; a `TransportError` is none of them."""

LONGEST_REASON = 300
"""Characters of a server's reply that a message repeats."""


NO_DATA = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "DATA_CONNECTION_FAILED", retryable=True)
LOGIN = Verdict(ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", retryable=False)
CERTIFICATE = Verdict(ErrorCategory.AUTH_INVALID, "CERTIFICATE_REFUSED", retryable=False)
NO_TLS = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "TLS_UNAVAILABLE", retryable=False)
TLS = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "TLS_FAILED", retryable=False)
UNAVAILABLE = Verdict(ErrorCategory.API_UNAVAILABLE, "FTP_UNAVAILABLE", retryable=True)
UNSUPPORTED = Verdict(ErrorCategory.API_UNAVAILABLE, "COMMAND_UNSUPPORTED", retryable=False)
PERMISSION = Verdict(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", retryable=False)
RENAME = Verdict(ErrorCategory.AUTH_INVALID, "RENAME_REFUSED", retryable=False)
FULL = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", retryable=True)
MISSING = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", retryable=True)
TOO_LARGE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_TOO_LARGE", retryable=False)
PROTOCOL = Verdict(ErrorCategory.UNKNOWN, "PROTOCOL_ERROR", retryable=True)
REMOTE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FAILURE", retryable=True)
UNSAFE = Verdict(ErrorCategory.UNKNOWN, "PATH_UNSAFE", retryable=False)

_BY_WORDS = (
    # When a disk is full vsftpd says that writing failed and not why, and proftpd says EIO as often as ENOSPC.
    (
        re.compile(
            r"no space|disk (is )?full|quota|(insufficient|not enough) (disk )?(space|storage)|exceeded (storage|disk)"
            r"|failure writing to local file|transfer aborted\. input/output error",
            re.IGNORECASE,
        ),
        FULL,
    ),
    (re.compile(r"^ OOPS:"), REMOTE),  # vsftpd's last word of a session that met something unforeseen
    (re.compile(r"too many|maximum (number|clients|connections)|connection limit", re.IGNORECASE), UNAVAILABLE),
    (re.compile(r"no such|not found|cannot find|does ?n[o']t exist|failed to open file", re.IGNORECASE), MISSING),
    (
        re.compile(
            r"permission|privilege|denied|permitted|not allowed|forbidden|read-only|could not create file",
            re.IGNORECASE,
        ),
        PERMISSION,
    ),
)
_BY_CODE = {
    "421": UNAVAILABLE,
    "425": NO_DATA,
    "426": LOST,
    "430": LOGIN,
    "434": UNAVAILABLE,
    "452": FULL,
    "500": UNSUPPORTED,
    "501": UNSUPPORTED,
    "502": UNSUPPORTED,
    "503": PROTOCOL,
    "504": UNSUPPORTED,
    "522": TLS,
    "530": LOGIN,
    "532": LOGIN,
    "533": TLS,
    "534": TLS,
    "535": TLS,
    "552": FULL,
    "553": PERMISSION,
}
_CLEAR = frozenset({"421", "425", "452", "522", "552"})
"""Codes that mean what they say, whatever words come with them."""

_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], Verdict], ...] = (
    ((ftplib.Error,), PROTOCOL),
    ((ssl.SSLCertVerificationError,), CERTIFICATE),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, EOFError), LOST),
    ((ssl.SSLError,), TLS),
    ((socket.gaierror,), HOST_NOT_FOUND),
    ((TimeoutError,), STALLED),
    ((ConnectionRefusedError,), REFUSED),
    ((ConnectionError,), LOST),
)
_BY_ERRNO = {
    errno.EHOSTUNREACH: UNREACHABLE,
    errno.ENETUNREACH: UNREACHABLE,
    errno.EHOSTDOWN: UNREACHABLE,
    errno.ENETDOWN: UNREACHABLE,
}


def judge(error: Exception) -> Verdict:
    """What a failure is called."""
    if isinstance(error, (ftplib.error_temp, ftplib.error_perm)):
        return _judge_reply(str(error))
    for types, verdict in _BY_TYPE:
        if isinstance(error, types):
            return verdict
    return _BY_ERRNO.get(getattr(error, "errno", None) or 0, LOST)


def classify(error: Exception, doing: str, verdict: Verdict | None = None) -> TransportError:
    """The error that leaves the transport. `doing`: what was tried, such as ``write a/b.wav``."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return raised(verdict or judge(error), f"cannot {doing}: {reason[:LONGEST_REASON]}")


@contextmanager
def reading_source() -> Iterator[None]:
    """Tell a fault of our own file from one of the connection: both are `OSError`s."""
    try:
        yield
    except OSError as error:
        message = f"cannot read the file to send: our own file: {error.strerror or error}"
        raise raised(SOURCE_UNREADABLE, message) from error


def _judge_reply(reply: str) -> Verdict:
    code = reply[:3]
    if code in _CLEAR:
        return _BY_CODE[code]
    words = reply[3:]
    for pattern, verdict in _BY_WORDS:
        if pattern.search(words) and not (code in {"430", "530"} and verdict is not UNAVAILABLE):
            return verdict
    return _BY_CODE.get(code, REMOTE)
