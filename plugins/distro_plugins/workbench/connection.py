"""HTTP to DDEX Workbench with limits that its SDK does not have: of size, of time, and no redirections.

The SDK reads whatever comes, however long it takes, and would hand the key to wherever it is redirected.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from ddex_workbench import DDEXClient
from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from distro_plugins.workbench.settings import WorkbenchSettings

MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
MAX_WAIT: Final = 10
"""Seconds between two attempts at most; how long the service asks to wait is left to whoever tries again."""


class AnswerTooLarge(RequestException):
    """The service sent more than is read, or sent it too slowly."""


class BoundedAdapter(HTTPAdapter):
    """Reads an answer up to a size, and up to a moment. `seconds`: for the body of one answer."""

    def __init__(self, retries: Retry, seconds: float) -> None:
        super().__init__(max_retries=retries)
        self._seconds = seconds

    def send(  # noqa: PLR0917 (as requests calls it)
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer, read; raises `AnswerTooLarge` or what requests raises."""
        response = super().send(
            request, stream=True, timeout=timeout, verify=verify, cert=cert, proxies=dict(proxies or {})
        )
        content = bytearray()
        until = time.monotonic() + self._seconds
        for part in response.iter_content(65_536):
            content += part
            if len(content) > MAX_ANSWER_BYTES or time.monotonic() > until:
                response.close()
                raise AnswerTooLarge(f"more than {MAX_ANSWER_BYTES} bytes, or slower than {self._seconds:g} seconds")
        response._content = bytes(content)  # where requests itself keeps what was read
        return response


def open_client(settings: WorkbenchSettings) -> DDEXClient:
    """A client of the SDK for one request, held to the settings."""
    client = DDEXClient(api_key=settings.api_key.get_secret_value(), timeout=settings.timeout)  # type: ignore[arg-type]
    # SDK 1.0.2 joins addresses so that the last part of one without a slash is lost: /v1 would never be asked.
    client.base_url = f"{settings.address}/"
    retries = Retry(
        total=settings.retries,
        backoff_factor=0.25,
        backoff_max=MAX_WAIT,
        respect_retry_after_header=False,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=None,
        raise_on_status=False,
        redirect=0,
    )
    for scheme in ("https://", "http://"):
        client.session.mount(scheme, BoundedAdapter(retries, settings.timeout))
    client.session.max_redirects = 0
    return client
