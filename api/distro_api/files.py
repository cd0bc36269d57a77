"""Files over HTTP: sent with PUT to a signed address, fetched with GET from one (rows AST-11 and AST-15)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from distro_api.envelope import REQUEST_ID, error_response
from distro_api.graphql.errors import as_user_errors
from distro_api.graphql.ids import global_id
from distro_api.links import read_download_token, read_upload_token
from distro_api.state import ApiState
from distro_core.assets.documents import AssetDocument
from distro_core.assets.service import AssetService, size_limit
from distro_core.logs import bind_log_context
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AudioFormat, ImageFormat, VideoFormat

AUDIO_TYPES = {AudioFormat.WAV: "audio/wav", AudioFormat.FLAC: "audio/flac", AudioFormat.MP3: "audio/mpeg"}
VIDEO_TYPES = {VideoFormat.MP4: "video/mp4", VideoFormat.MOV: "video/quicktime"}
IMAGE_TYPES = {ImageFormat.JPEG: "image/jpeg", ImageFormat.PNG: "image/png"}
REFUSED = {"FILE_TOO_LARGE": 413, "TOKEN_INVALID": 403, "TOKEN_EXPIRED": 403, "NOT_FOUND": 404, "OBJECT_MISSING": 404}
"""HTTP status by the code of a fault; any other fault of a file is 422."""


class Uploads:
    """Takes files in at `PUT /uploads/{token}`."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    async def put(self, request: Request) -> Response:
        """Take one file in while it arrives; answers with the asset, or with every fault that was found."""
        platform = self._state.platform
        try:
            grant = read_upload_token(self._state.signer, request.path_params["token"])
            _check_length(request, size_limit(platform.settings, grant.kind))
            scope = await platform.scope(grant.tenant_id, grant.actor)
            with bind_log_context(tenant_id=grant.tenant_id):
                asset = await AssetService(scope).receive(grant.kind, grant.file_name, _body(request))
        except DomainError as error:
            return _refusal(request, error)
        return JSONResponse({"asset": _summary(asset), "errors": []}, status_code=201)


class Downloads:
    """Hands files out at `GET /downloads/{token}`."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    async def get(self, request: Request) -> Response:
        """Hand one file out."""
        platform = self._state.platform
        try:
            grant = read_download_token(self._state.signer, request.path_params["token"])
            scope = await platform.scope(grant.tenant_id, grant.tenant_id)
            asset = await AssetService(scope).get(grant.asset_id)
            blocks = AssetService(scope).read(asset.id)
            first = await anext(blocks)
        except DomainError as error:
            return _refusal(request, error)
        return StreamingResponse(
            _chained(first, blocks),
            headers={
                "content-type": _content_type(asset),
                "content-length": str(asset.size),
                "content-disposition": f"attachment; filename*=UTF-8''{quote(asset.file_name, safe='')}",
            },
        )


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for block in request.stream():
        if block:
            yield block


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for block in rest:
        yield block


def _check_length(request: Request, limit: int) -> None:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise DomainError("FILE_TOO_LARGE", f"the file has {declared} bytes, at most {limit} are accepted")


def _refusal(request: Request, error: DomainError) -> Response:
    if error.code in REFUSED:
        request_id = request.scope["state"][REQUEST_ID]
        # What is left of the body is not read, so the connection cannot serve another request.
        return error_response(REFUSED[error.code], error.code, error.message, request_id, {"connection": "close"})
    faults = [{"code": fault.code, "message": fault.message, "path": fault.path} for fault in as_user_errors(error)]
    return JSONResponse({"asset": None, "errors": faults}, status_code=422)


def _summary(asset: AssetDocument) -> dict[str, object]:
    shown = asset.model_dump(mode="json", include={"kind", "file_name", "size", "hashes", "audio", "image", "video"})
    return {
        "id": global_id("Asset", asset.id),
        "kind": shown["kind"],
        "fileName": shown["file_name"],
        "size": shown["size"],
        "hashes": shown["hashes"],
        "audio": shown["audio"],
        "image": shown["image"],
        "video": shown["video"],
    }


def _content_type(asset: AssetDocument) -> str:
    if asset.audio is not None:
        return AUDIO_TYPES[asset.audio.format]
    if asset.video is not None:
        return VIDEO_TYPES[asset.video.format]
    return IMAGE_TYPES[asset.image.format] if asset.image is not None else "application/pdf"
