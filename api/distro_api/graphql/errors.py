"""Errors in answers: what callers can mend stands in payloads, everything else is a top-level error with a code.

Of an error that was not foreseen nothing leaves the process but its request id; the log has the rest.
"""

from __future__ import annotations

from typing import Any, Final

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.utils.str_converters import to_camel_case

from distro_sdk.errors import DomainError, DomainErrors, Path

log = structlog.get_logger("distro.api")

OF_PYDANTIC: Final = "Value error, "
"""What pydantic writes before the sentence of a model's own rule."""


@strawberry.type(description="A fault in the input, which the caller can mend.")
class UserError:
    """A fault in the input."""

    code: str = strawberry.field(description="Stable code of the fault, such as `ISRC_INVALID`.")
    message: str = strawberry.field(description="One sentence for people.")
    path: list[str] = strawberry.field(
        description="Where in `input` the fault lies, outermost first; places in lists count from 0. Names are in "
        "camel case, those of settings too: of `host_key` it says `hostKey`. Empty: all of it."
    )


@strawberry.interface(description="What every mutation answers with.")
class Payload:
    """What every mutation answers with."""

    errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was wrong with the input; empty when the change was made."
    )


def as_user_errors(error: DomainError, input: object = None) -> list[UserError]:
    """A service's error as it stands in a payload. `input`: the mutation's, to say which id was not found."""
    faults = error.errors if isinstance(error, DomainErrors) else (error,)
    return [
        UserError(
            code=fault.code,
            message=fault.message.removeprefix(OF_PYDANTIC),
            path=spell_path(fault.path or _place_of(fault, input)),
        )
        for fault in faults
    ]


def spell_path(path: Path) -> list[str]:
    """A path in the words of the schema: names in camel case, places in a list as digits."""
    return [to_camel_case(step) if isinstance(step, str) else str(step) for step in path]


def _place_of(fault: DomainError, input: object) -> Path:
    """Services do not know under which name their id was given; it is the one id that a mutation is about."""
    if fault.code != "NOT_FOUND":
        return ()
    return next(((name,) for name in ("id", "release_id") if hasattr(input, name)), ())


def present_error(error: GraphQLError, request_id: str) -> GraphQLError:
    """An error as the caller may see it: with a stable code and the request id."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, DomainError):
        return _coded(error, cause.code, cause.message, request_id, path=spell_path(cause.path))
    if code := (error.extensions or {}).get("code"):
        return _coded(error, code, error.message, request_id)
    if isinstance(error, GraphQLSyntaxError):
        return _coded(error, "GRAPHQL_SYNTAX", error.message, request_id)
    if cause is None or isinstance(cause, GraphQLError):
        return _coded(error, "GRAPHQL_INVALID", error.message, request_id)
    log.error("request_failed", path=error.path, exc_info=cause)
    return _coded(error, "INTERNAL", "something went wrong on our side", request_id)


def _coded(
    error: GraphQLError, code: str, message: str, request_id: str, *, path: list[str] | None = None
) -> GraphQLError:
    extensions: dict[str, Any] = {"code": code, "requestId": request_id}
    if path:
        extensions["path"] = path
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
