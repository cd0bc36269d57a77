"""Tells notices to an address of the tenant's own, signed with a secret that only both sides know."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import aiohttp
from pydantic import Field

from distro_sdk.certificates import trust_in
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.http import guarded_session
from distro_sdk.models.base import Model
from distro_sdk.network import AddressPolicy
from distro_sdk.network_settings import PrivateNetworks
from stardust_delivery_orchestrator.notices import Notice
from stardust_delivery_orchestrator.orchestration import Orchestration

NOT_SENT = "NOTICE_NOT_SENT"
GIVE_UP = timedelta(days=1)
"""After which a notice is only kept: an address that is gone must not make events pile up."""

log = logging.getLogger("stardust.delivery_orchestrator")


class WebhookSettings(Model):
    """What the operator sets. `private_networks`: those in which addresses of tenants may lie; `timeout`: seconds for a
    whole call; `allow_plain`: let addresses be http.
    """

    private_networks: PrivateNetworks = ()
    timeout: Annotated[float, Field(gt=0, le=20)] = 10
    allow_plain: bool = False


class Webhook:
    """Posts notices; follows no redirection, and reads nothing of the answer but its status."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings
        self._addresses = AddressPolicy(settings.private_networks)

    def check(self, orchestration: Orchestration) -> None:
        """Refuse an address that this operator does not allow: WEBHOOK_NOT_ENCRYPTED."""
        if (
            orchestration.webhook_url
            and orchestration.webhook_url.startswith("http:")
            and not self._settings.allow_plain
        ):
            raise DomainError("WEBHOOK_NOT_ENCRYPTED", "a webhook has an https address", ("webhook_url",))

    async def tell(self, orchestration: Orchestration, notice_id: str, notice: Notice) -> None:
        """Post a notice where there is an address; raises NOTICE_NOT_SENT, so that it is told again.

        `notice_id`: the same each time, so that who gets it twice knows.
        """
        url, secret = orchestration.webhook_url, orchestration.webhook_secret
        if url is None or secret is None:
            return
        body = json.dumps({"id": notice_id, **notice.model_dump(mode="json")}).encode()
        try:
            status = await self._post(url, body, sign(secret.get_secret_value(), body, datetime.now(UTC)))
            reason = f"the webhook answers {status}"
        except (aiohttp.ClientError, TransportError, TimeoutError, OSError) as error:
            status, reason = 0, f"the webhook cannot be reached: {type(error).__name__}"
        if 200 <= status < 300:
            return
        if datetime.now(UTC) - notice.at > GIVE_UP:
            log.warning("notice %s is not told any more: %s", notice_id, reason)
            return
        raise DomainError(NOT_SENT, reason)

    async def _post(self, url: str, body: bytes, signed: Mapping[str, str]) -> int:
        trust = await asyncio.to_thread(trust_in, None)
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout)
        headers = {"Content-Type": "application/json", **signed}
        async with (
            guarded_session(self._addresses, trust, timeout=timeout) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return response.status


def sign(secret: str, body: bytes, now: datetime) -> dict[str, Any]:
    """The headers by which a receiver knows that a call is ours, and new; as docs/webhooks.md tells of calls to us."""
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Stardust-Timestamp": timestamp, "X-Stardust-Signature": f"sha256={digest}"}
