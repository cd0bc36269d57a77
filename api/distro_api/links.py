"""Signed, short-lived addresses for sending and fetching files (row AST-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from distro_core.assets.documents import AssetDocument
from distro_core.identity.tokens import TokenPurpose, TokenSigner
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind

if TYPE_CHECKING:
    from distro_api.graphql.context import RequestContext

UPLOAD_LIFETIME = timedelta(hours=1)
DOWNLOAD_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class UploadGrant:
    """What a signed upload address allows: one kind of file, for one tenant, on somebody's behalf."""

    tenant_id: str
    actor: str
    kind: AssetKind
    file_name: str


@dataclass(frozen=True)
class DownloadGrant:
    """What a signed download address allows: one asset of one tenant."""

    tenant_id: str
    asset_id: str


def upload_url(context: RequestContext, kind: AssetKind, file_name: str) -> tuple[str, datetime]:
    """Where a file may be sent, and until when that may begin."""
    claims = {"sub": context.caller.actor, "tenant": context.caller.tenant_id, "kind": kind.value, "name": file_name}
    token, ends = context.state.signer.sign(TokenPurpose.UPLOAD, claims, UPLOAD_LIFETIME)
    return f"{context.base_url}/uploads/{token}", ends


def download_url(context: RequestContext, asset: AssetDocument) -> str:
    """Where an asset may be fetched."""
    claims = {"sub": asset.id, "tenant": context.caller.tenant_id}
    token, _ = context.state.signer.sign(TokenPurpose.DOWNLOAD, claims, DOWNLOAD_LIFETIME)
    return f"{context.base_url}/downloads/{token}"


def read_upload_token(signer: TokenSigner, token: str) -> UploadGrant:
    """What an upload address allows; raises TOKEN_INVALID or TOKEN_EXPIRED."""
    claims = signer.read(TokenPurpose.UPLOAD, token)
    try:
        return UploadGrant(claims["tenant"], claims["sub"], AssetKind(claims["kind"]), claims["name"])
    except (KeyError, ValueError) as error:
        raise DomainError("TOKEN_INVALID", "this upload address says nothing that is known") from error


def read_download_token(signer: TokenSigner, token: str) -> DownloadGrant:
    """What a download address allows; raises TOKEN_INVALID or TOKEN_EXPIRED."""
    claims = signer.read(TokenPurpose.DOWNLOAD, token)
    return DownloadGrant(claims["tenant"], claims["sub"])
