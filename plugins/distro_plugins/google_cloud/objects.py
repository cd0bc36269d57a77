"""What is told of an object, and what it tells of itself."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from distro_plugins.google_cloud.client import Call
from distro_plugins.google_cloud.requests import GoogleRequests
from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import HASH_WRONG


def object_resource(key: str, describing: Mapping[str, Any], md5: str | None) -> bytes:
    """The JSON with which an object begins. `md5`: hexadecimal; the storage refuses another content."""
    resource = {"name": key, "contentType": "application/octet-stream", **describing}
    if md5 is not None:
        resource["md5Hash"] = base64.b64encode(bytes.fromhex(md5)).decode("ascii")
    return json.dumps(resource).encode("utf-8")


def stored_md5(resource: Mapping[str, Any]) -> str | None:
    """The MD5 that the storage computed, hexadecimal; composed objects have none."""
    try:
        return base64.b64decode(str(resource["md5Hash"]), validate=True).hex()
    except (KeyError, binascii.Error):
        return None


async def check_md5(requests: GoogleRequests, key: str, resource: Mapping[str, Any], expected: str, doing: str) -> None:
    """Compare hashes of a new object; one with another content is deleted, and REMOTE_HASH_WRONG raised."""
    if stored_md5(resource) not in {expected, None}:
        await requests.make(Call("DELETE", requests.object(key), doing), 200, 204, 404)
        raise raised(HASH_WRONG, f"cannot {doing}: the storage has another hash than the file that was sent")
