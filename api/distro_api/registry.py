"""Our own registry over HTTP, which anybody may read, and the way in for wheels of submissions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from distro_api.envelope import REQUEST_ID, error_response
from distro_api.graphql.publishing import REGISTRY_PATH, UPLOAD_PATH
from distro_api.state import ApiState
from distro_core.identity.tokens import TokenPurpose
from distro_core.publishing.documents import SubmissionDocument
from distro_core.publishing.own_registry import REGISTRY_FILE
from distro_core.publishing.submissions import SubmissionService
from distro_sdk.errors import DomainError

STATUS = {"NOT_FOUND": 404, "OBJECT_MISSING": 404, "TOKEN_INVALID": 403, "TOKEN_EXPIRED": 403}
"""HTTP status by the code of a fault; any other fault of a wheel is 422."""


class RegistryPages:
    """Hands the registry and its wheels out."""

    def __init__(self, state: ApiState) -> None:
        self._registry = state.platform.marketplace.own_registry

    async def edition(self, request: Request) -> Response:
        """The edition of now."""
        try:
            return Response(await self._registry.edition(), media_type="application/json")
        except DomainError as error:
            return _refusal(request, error)

    async def wheel(self, request: Request) -> Response:
        """The wheel of a version that is listed."""
        try:
            found = await self._registry.wheel(request.path_params["sha256"])
            blocks = self._registry.read_wheel(found)
            first = await anext(blocks)
        except DomainError as error:
            return _refusal(request, error)
        headers = {"content-length": str(found.size), "content-type": "application/zip"}
        return StreamingResponse(_chained(first, blocks), headers=headers)


class WheelUploads:
    """Takes wheels of submissions in."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    async def put(self, request: Request) -> Response:
        """Take one wheel in and check it; answers with how the submission stands now."""
        platform = self._state.platform
        try:
            claims = self._state.signer.read(TokenPurpose.PLUGIN_UPLOAD, request.path_params["token"])
            registry = platform.marketplace.own_registry
            service = SubmissionService(
                platform.control, platform.objects, registry, clock=platform.clock, tenant_id=claims["tenant"]
            )
            received = await service.receive(claims["submission"], _body(request), by=claims["sub"])
        except DomainError as error:
            return _refusal(request, error)
        return JSONResponse({"submission": _summary(received)}, status_code=201)


def registry_routes(state: ApiState) -> Sequence[Route]:
    """The routes of our registry."""
    pages = RegistryPages(state)
    return (
        Route(f"{REGISTRY_PATH}/{REGISTRY_FILE}", pages.edition, methods=["GET"]),
        Route(f"{REGISTRY_PATH}/wheels/{{sha256}}.whl", pages.wheel, methods=["GET"]),
        Route(f"{UPLOAD_PATH}/{{token}}", WheelUploads(state).put, methods=["PUT"]),
    )


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for block in request.stream():
        if block:
            yield block


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for block in rest:
        yield block


def _summary(submission: SubmissionDocument) -> dict[str, object]:
    reasons = [reason.model_dump() for reason in submission.reasons]
    return {"id": submission.id, "status": submission.status.value, "reasons": reasons}


def _refusal(request: Request, error: DomainError) -> Response:
    # What is left of a body is not read, so the connection cannot serve another request.
    headers = {"connection": "close"} if request.method == "PUT" else {}
    request_id = request.scope["state"][REQUEST_ID]
    return error_response(STATUS.get(error.code, 422), error.code, error.message, request_id, headers)
