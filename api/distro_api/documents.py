"""Receipts and exports over HTTP: fetched with GET from a signed, short-lived address (rows RCP-01 and MAN-01)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from distro_api.envelope import REQUEST_ID, error_response
from distro_api.state import ApiState
from distro_core.identity.tokens import TokenPurpose, TokenSigner
from distro_core.manual.documents import MEDIA_TYPES
from distro_core.manual.exports import ManualExportService
from distro_core.platforms.receipt_archive import load_receipt, write_receipt
from distro_core.scope import Scope
from distro_sdk.errors import DomainError

if TYPE_CHECKING:
    from distro_api.graphql.context import RequestContext

LIFETIME = timedelta(minutes=15)
STATUS = {"TOKEN_INVALID": 403, "TOKEN_EXPIRED": 403}


class DocumentKind(StrEnum):
    """What can be fetched."""

    RECEIPT = "receipt"
    EXPORT = "export"


@dataclass(frozen=True)
class Document:
    """What is handed out."""

    name: str
    media_type: str
    content: bytes


async def _receipt(scope: Scope, delivery_id: str) -> Document:
    receipt = await load_receipt(scope, delivery_id)
    return Document(f"{receipt.id}.json", "application/json", write_receipt(receipt))


async def _export(scope: Scope, export_id: str) -> Document:
    export = await ManualExportService(scope).get(export_id)
    return Document(export.file_name, MEDIA_TYPES[export.format], await scope.objects.get(export.key))


_LOADERS: Mapping[DocumentKind, Callable[[Scope, str], Awaitable[Document]]] = {
    DocumentKind.RECEIPT: _receipt,
    DocumentKind.EXPORT: _export,
}


class Documents:
    """Hands documents out at `GET /documents/{token}`."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    async def get(self, request: Request) -> Response:
        """Hand one document out."""
        try:
            tenant_id, kind, id = read_document_token(self._state.signer, request.path_params["token"])
            document = await _LOADERS[kind](await self._state.platform.scope(tenant_id, tenant_id), id)
        except DomainError as error:
            status = STATUS.get(error.code, 404)
            return error_response(status, error.code, error.message, request.scope["state"][REQUEST_ID])
        disposition = f"attachment; filename*=UTF-8''{quote(document.name, safe='')}"
        return Response(
            document.content, headers={"content-type": document.media_type, "content-disposition": disposition}
        )


def document_url(context: RequestContext, kind: DocumentKind, id: str) -> str:
    """Where a document of the caller's tenant may be fetched."""
    claims = {"sub": id, "tenant": context.caller.tenant_id, "kind": kind.value}
    token, _ = context.state.signer.sign(TokenPurpose.DOCUMENT, claims, LIFETIME)
    return f"{context.base_url}/documents/{token}"


def read_document_token(signer: TokenSigner, token: str) -> tuple[str, DocumentKind, str]:
    """Tenant, kind and id that an address allows; raises TOKEN_INVALID or TOKEN_EXPIRED."""
    claims = signer.read(TokenPurpose.DOCUMENT, token)
    return claims["tenant"], DocumentKind(claims["kind"]), claims["sub"]
