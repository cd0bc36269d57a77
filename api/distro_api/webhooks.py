"""Calls of platforms: `POST /webhooks/platforms/{token}`, signed by the target's secret (row API-40)."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from distro_api.envelope import REQUEST_ID, error_response
from distro_api.graphql.errors import OF_PYDANTIC
from distro_api.state import ApiState
from distro_core.delivery.status.answers import Applied
from distro_core.delivery.status.webhooks import (
    MAX_BYTES,
    check_signature,
    find_endpoint,
    receive_acknowledgement,
    receive_call,
)
from distro_core.logs import bind_log_context
from distro_core.secrets.port import KEY_SERVICE_CODES
from distro_sdk.errors import DomainError

TIMESTAMP = "x-stardust-timestamp"
SIGNATURE = "x-stardust-signature"
RECEIVERS = {
    "application/json": receive_call,
    "application/xml": receive_acknowledgement,
    "text/xml": receive_acknowledgement,
}
STATUS = {
    "WEBHOOK_UNKNOWN": 404,
    "WEBHOOK_TOO_LARGE": 413,
    "WEBHOOK_TYPE_UNSUPPORTED": 415,
    "WEBHOOK_SIGNATURE_INVALID": 401,
    "WEBHOOK_TIMESTAMP_STALE": 401,
    "WEBHOOK_TOO_EARLY": 503,
    **dict.fromkeys(KEY_SERVICE_CODES, 503),
}
"""HTTP status by the code of a fault; any other fault of a body is 422."""

RETRY_AFTER = "5"


class PlatformWebhooks:
    """Takes calls of platforms."""

    def __init__(self, state: ApiState) -> None:
        self._platform = state.platform

    async def post(self, request: Request) -> Response:
        """Take one call: who it is for, how large it is, whether it is signed, and only then what it says."""
        try:
            scope, target = await find_endpoint(self._platform, request.path_params["token"])
            with bind_log_context(tenant_id=scope.tenant_id):
                body = await _read(request)
                headers = request.headers
                await check_signature(scope, target, body, headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, ""))
                kind = headers.get("content-type", "").partition(";")[0].strip().lower()
                if kind not in RECEIVERS:
                    raise DomainError("WEBHOOK_TYPE_UNSUPPORTED", "a call is application/json or application/xml")
                outcomes = await RECEIVERS[kind](scope, target, body)
        except DomainError as error:
            return _refusal(request, error)
        return JSONResponse(_summary(outcomes))


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > MAX_BYTES:
            raise DomainError("WEBHOOK_TOO_LARGE", f"a call has at most {MAX_BYTES} bytes")
    return bytes(body)


def _refusal(request: Request, error: DomainError) -> Response:
    status = STATUS.get(error.code, 422)
    headers = {"retry-after": RETRY_AFTER} if status == 503 else {}
    if status in {404, 413}:
        # What is left of the body is not read, so the connection cannot serve another request.
        headers["connection"] = "close"
    # How the operator keeps keys is nothing that platforms need to know.
    message = "try again later" if error.code in KEY_SERVICE_CODES else _with_place(error)
    return error_response(status, error.code, message, request.scope["state"][REQUEST_ID], headers)


def _with_place(error: DomainError) -> str:
    """What is wrong with a call and where in its body, such as `deliveries.2.at`."""
    message = error.message.removeprefix(OF_PYDANTIC)
    return f"{'.'.join(map(str, error.path))}: {message}" if error.path else message


def _summary(outcomes: Counter[Applied] | None) -> dict[str, object]:
    counts = outcomes or Counter()
    return {
        "duplicate": outcomes is None,
        "changed": counts[Applied.CHANGED],
        "unchanged": counts[Applied.KNOWN],
        "unknown": counts[Applied.UNKNOWN],
        "unclear": counts[Applied.UNCLEAR],
    }
