"""The refresh token of a browser, as a cookie that no script of a page can read and no other site can send.

`SameSite=Strict` and a body that must be JSON keep other sites from using it; it goes to the GraphQL endpoint only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

NAME: Final = "distro_refresh"


@dataclass(frozen=True)
class SessionCookie:
    """The cookie of one exchange. `path`: where it is sent; `secure`: over TLS only; `answer`: None for WebSockets."""

    given: str | None
    path: str
    secure: bool
    answer: Response | None

    def put(self, token: str, expires_at: datetime) -> bool:
        """Hand a refresh token to the browser; False where the answer can carry no cookie."""
        if self.answer is None:
            return False
        ends = expires_at.astimezone(UTC)
        self.answer.set_cookie(
            NAME, token, expires=ends, path=self.path, secure=self.secure, httponly=True, samesite="strict"
        )
        return True

    def remove(self) -> None:
        """Take the cookie away."""
        if self.answer is not None and self.given is not None:
            self.answer.delete_cookie(NAME, path=self.path, secure=self.secure, httponly=True, samesite="strict")


def session_cookie(connection: HTTPConnection, answer: Response | WebSocket, *, secure: bool) -> SessionCookie:
    """The cookie of a request and of its answer."""
    given = connection.cookies.get(NAME)
    return SessionCookie(given, connection.scope["path"], secure, None if isinstance(answer, WebSocket) else answer)
