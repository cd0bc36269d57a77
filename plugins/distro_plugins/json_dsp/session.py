"""What is said to a platform with a JSON interface, and what its answers mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from distro_plugins.json_dsp.client import Answer, JsonClient, open_json_client, unreadable
from distro_plugins.json_dsp.settings import JsonDspSettings
from distro_sdk.adapters import ContentPackage, DeliveryResult, StatusReport, StoreListing, StoreQuery
from distro_sdk.errors import TransportError
from distro_sdk.network import AddressPolicy

NOT_THERE = frozenset({404})
REFUSED_CREDENTIALS = frozenset({401, 403})


class JsonDspSession:
    """A conversation with one platform."""

    def __init__(self, client: JsonClient) -> None:
        self._client = client

    async def deliver_content(self, package: ContentPackage) -> DeliveryResult:
        """`POST /deliveries`; the key keeps a second one from being taken in."""
        answer = await self._client.ask("POST", "deliveries", document=package.document, key=package.key)
        return DeliveryResult(reference=_text(_document(answer), "reference"))

    async def check_status(self, reference: str) -> StatusReport:
        """`GET /deliveries/{reference}`."""
        return _report(_document(await self._client.ask("GET", _place(reference))))

    async def update_metadata(self, reference: str, package: ContentPackage) -> bool:
        """`PATCH /deliveries/{reference}`."""
        path = _place(reference)
        answer = await self._client.ask("PATCH", path, document=package.document, key=package.key, accepts=NOT_THERE)
        return answer.status != 404

    async def takedown(self, reference: str, package: ContentPackage) -> bool:
        """`DELETE /deliveries/{reference}`."""
        answer = await self._client.ask("DELETE", _place(reference), key=package.key, accepts=NOT_THERE)
        return answer.status != 404

    async def check_availability(self, query: StoreQuery) -> StoreListing | None:
        """`GET /store?icpn=…`."""
        if query.icpn is None:
            return None
        answer = await self._client.ask("GET", "store", query={"icpn": query.icpn}, accepts=NOT_THERE)
        return None if answer.status == 404 else _listing(_document(answer))

    async def validate_authentication(self) -> bool:
        """`GET /session`."""
        answer = await self._client.ask("GET", "session", accepts=REFUSED_CREDENTIALS)
        return answer.status not in REFUSED_CREDENTIALS

    async def refresh_authentication(self) -> bool:
        """Ask for a fresh token, where there is a client's id and secret."""
        if not self._client.can_sign_in:
            return False
        try:
            await self._client.sign_in()
        except TransportError as error:
            if error.retryable:
                raise
            return False
        return True


@asynccontextmanager
async def open_session(settings: JsonDspSettings, addresses: AddressPolicy) -> AsyncIterator[JsonDspSession]:
    """A conversation, with connections of its own."""
    async with open_json_client(settings, addresses) as client:
        yield JsonDspSession(client)


def _place(reference: str) -> str:
    return f"deliveries/{quote(reference, safe='')}"


def _document(answer: Answer) -> dict[str, Any]:
    if answer.document is None:
        raise unreadable("the platform answers with nothing")
    return answer.document


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise unreadable(f"an answer of the platform has no {name}")
    return value


def _report(document: dict[str, Any]) -> StatusReport:
    fields = {"text": document.get("text") or "", "at": document.get("at"), "platform_ids": document.get("ids") or {}}
    try:
        return StatusReport(word=_text(document, "status"), **fields)
    except ValidationError as error:
        raise unreadable("the platform tells a status that cannot be read") from error


def _listing(document: dict[str, Any]) -> StoreListing:
    names = {"releaseDate": "release_date", "ids": "platform_ids"}
    fields = {names.get(name, name): value for name, value in document.items() if value is not None}
    try:
        return StoreListing.model_validate({k: v for k, v in fields.items() if k in StoreListing.model_fields})
    except ValidationError as error:
        raise unreadable("the platform's store shows something that cannot be read") from error
