"""The client of one server: a request and its answer are `distro_sdk.http_targets`'."""

from __future__ import annotations

import base64
from contextlib import AbstractAsyncContextManager

from distro_sdk.http_targets.client import HttpClient, open_client
from distro_sdk.network import AddressPolicy
from stardust_webdav.settings import WebDavSettings


def open_webdav_client(settings: WebDavSettings, addresses: AddressPolicy) -> AbstractAsyncContextManager[HttpClient]:
    """A client that signs in with the target's credentials, where it has any; its files are not announced before."""
    headers = {"User-Agent": "stardust-distro-webdav", **_authorization(settings)}
    return open_client(settings, addresses, headers=headers, asks=False)


def _authorization(settings: WebDavSettings) -> dict[str, str]:
    if settings.username is None or settings.password is None:
        return {}
    credentials = f"{settings.username}:{settings.password.get_secret_value()}".encode()
    return {"Authorization": f"Basic {base64.b64encode(credentials).decode('ascii')}"}
