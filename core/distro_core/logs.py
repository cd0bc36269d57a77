"""Structured logs: JSON lines, or readable ones in development, with ids from the context and never a secret."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from pydantic import SecretBytes, SecretStr

from distro_core.settings import Settings

MASK = "**********"
SECRET_WORDS = (
    "password",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "authkey",
    "authorization",
    "cookie",
)
"""A value is masked when its name, in lower case and without separators, contains one of these."""

LONGEST_TEXT = 20_000
"""Characters of one value in a line, an exception's trace included: what a server says must not fill a disk."""

_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)")

log: structlog.stdlib.BoundLogger = structlog.get_logger("distro")


def configure_logging(settings: Settings) -> None:
    """Send this process's logs, those of libraries included, to standard error in the form the settings ask for."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # A readable traceback shows no local variables, which hold secrets.
    rendering: list[structlog.types.Processor] = (
        [mask_secrets, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if settings.development
        else [structlog.processors.format_exc_info, mask_secrets, structlog.processors.JSONRenderer(default=str)]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    # arq prints the arguments of tasks and a line for each, aiobotocore and asyncssh one for each request.
    for chatty in ("arq", "aiobotocore", "botocore", "asyncssh", "pymongo"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


@contextmanager
def bind_log_context(
    *, request_id: str | None = None, tenant_id: str | None = None, delivery_id: str | None = None
) -> Iterator[None]:
    """Put ids on every log line that is written within, in this task and those it starts."""
    given = {"request_id": request_id, "tenant_id": tenant_id, "delivery_id": delivery_id}
    with structlog.contextvars.bound_contextvars(
        **{name: given_id for name, given_id in given.items() if given_id is not None}
    ):
        yield


def mask_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A log processor that masks secrets: by type, by name, and where they stand in a URL; it cuts what is too long."""
    return {name: _masked(name, value) for name, value in event.items()}


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, SecretStr | SecretBytes):
        return MASK
    if _is_secret(name) and not isinstance(value, int | float | None):
        return MASK
    if isinstance(value, str):
        # Twice as much is looked at as is kept: credentials must not escape because their end was cut off.
        return _CREDENTIALS_IN_URL.sub(MASK, value[: 2 * LONGEST_TEXT])[:LONGEST_TEXT]
    if isinstance(value, Mapping):
        return {key: _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", item) for item in value]
    return value


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("_", "").replace("-", "")
    return any(word in plain for word in SECRET_WORDS)
