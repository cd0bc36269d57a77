"""A mail server for tests: aiosmtpd, with STARTTLS or TLS, sign-in, and people that it does not know."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.ftp_servers import Certificate

USER, PASSWORD = "label", "a-mail-password"


class MailServer:
    """`letters`: what it took; `unknown`: addresses that it refuses, with what it says; `answer`: to a letter, None for
    yes; `delay`: seconds that it waits with that; `signed_in`: how often somebody did; `port`: where it listens.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.senders: list[str] = []
        self.unknown: dict[str, str] = {}
        self.answer: str | None = None
        self.delay = 0.0
        self.signed_in = 0
        self.port = 0

    def forget(self) -> None:
        """Forget what was sent."""
        self.letters, self.recipients, self.senders = [], [], []

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        if self.answer is not None:
            return self.answer
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        self.senders.append(envelope.mail_from or "")
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.signed_in += good
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def serve_mail(
    certificate: Certificate | None = None, *, tls: bool = False, sign_in: bool = False
) -> AsyncIterator[MailServer]:
    """A mail server on this machine. `certificate`: for STARTTLS, or with `tls` for all; `sign_in`: demand it."""
    mail, context = MailServer(), None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.certificate, certificate.key)
    connections: set[asyncio.BaseTransport] = set()

    class Connection(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connections.add(transport)
            super().connection_made(transport)

    def make() -> SMTP:
        with warnings.catch_warnings():
            # It warns of sign-in without STARTTLS, also where the connection is encrypted from its beginning.
            warnings.simplefilter("ignore", UserWarning)
            return Connection(
                mail,
                hostname="mail.example",
                tls_context=None if tls else context,
                require_starttls=context is not None and not tls,
                auth_required=sign_in,
                auth_require_tls=context is not None and not tls,
                auth_exclude_mechanism=() if context is not None else ("LOGIN", "PLAIN"),
                authenticator=mail.authenticate,
                loop=asyncio.get_running_loop(),
                enable_SMTPUTF8=True,
            )

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=context if tls else None)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()
        for transport in connections:
            transport.abort()  # type: ignore[attr-defined] # all transports of sockets have it
        await server.wait_closed()
