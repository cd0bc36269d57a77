"""Which certificate a server must show, and how data connections prove that they belong to it."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from distro_sdk.errors import ErrorCategory, TransportError

_FINGERPRINT = re.compile(
    r"^(?:sha-?256(?: fingerprint)?\s*[=:]\s*)?([0-9a-f]{2}(?::?[0-9a-f]{2}){31})$", re.IGNORECASE
)


@dataclass(frozen=True)
class Tls:
    """How to speak TLS with one server. `pin`: the SHA-256 of the only certificate that is trusted."""

    context: ssl.SSLContext
    pin: bytes | None

    def wrap(self, plain: socket.socket, host: str, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
        """A socket that has not shaken hands yet.

        `session`: that of the control connection, which servers want to see again on data connections (vsftpd's
        `require_ssl_reuse`): it proves that both come from the same client.
        """
        return self.context.wrap_socket(plain, server_hostname=host, session=session, do_handshake_on_connect=False)

    def check(self, connected: ssl.SSLSocket) -> None:
        """Raise `TransportError` CERTIFICATE_REFUSED for another certificate than the pinned one."""
        if self.pin is None:
            return
        shown = sha256(connected.getpeercert(binary_form=True) or b"").digest()
        if not compare_digest(shown, self.pin):
            raise TransportError(
                ErrorCategory.AUTH_INVALID,
                "CERTIFICATE_REFUSED",
                f"the server shows another certificate than the pinned one: SHA-256 {shown.hex(':').upper()}",
                retryable=False,
            )


def make_tls(ca_certificates: str | None, fingerprint: str | None) -> Tls:
    """TLS 1.2 or newer that trusts these authorities, this certificate alone, or what this machine trusts."""
    context = parse_certificates(ca_certificates) if ca_certificates else ssl.create_default_context()
    if fingerprint is None:
        return Tls(context, None)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the pin is stricter: one certificate, whoever signed it
    return Tls(context, parse_fingerprint(fingerprint))


def parse_certificates(text: str) -> ssl.SSLContext:
    """Trust in the authorities of a PEM text; ValueError where it has none."""
    try:
        return ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise ValueError("expected certificates as PEM text, '-----BEGIN CERTIFICATE-----'") from error


def parse_fingerprint(text: str) -> bytes:
    """The SHA-256 in the forms in which people have it; ValueError for anything else."""
    found = _FINGERPRINT.match(text.strip())
    if found is None:
        raise ValueError("expected a SHA-256 fingerprint, as `openssl x509 -noout -fingerprint -sha256` prints it")
    return bytes.fromhex(found[1].replace(":", ""))
