"""A whole package in one POST, and what the receiver answers to it."""

from __future__ import annotations

import json
import re
from typing import Any

from distro_plugins.http_api.multipart import MultipartSource, PartProgress, file_names
from distro_plugins.http_api.multipart_settings import HttpMultipartSettings
from distro_plugins.http_api.requests import HttpRequests
from distro_sdk.errors import TransportError
from distro_sdk.http_targets.client import Answer, Call, Upload
from distro_sdk.http_targets.failures import PROTOCOL
from distro_sdk.network_failures import raised
from distro_sdk.packages import OutgoingPackage, PackageAnswer, PackageOnlySession, PackageProgress

LARGEST_ANSWER = 1024 * 1024
LONGEST_REFERENCE = 200

_HASHES = {
    "md5": re.compile(r"^[0-9a-f]{32}$"),
    "sha1": re.compile(r"^[0-9a-f]{40}$"),
    "sha256": re.compile(r"^[0-9a-f]{64}$"),
}


class HttpMultipartSession(PackageOnlySession):
    """Posts packages to one address."""

    def __init__(self, requests: HttpRequests, settings: HttpMultipartSettings) -> None:
        self._requests = requests
        self._settings = settings

    async def send_package(self, package: OutgoingPackage, progress: PackageProgress) -> PackageAnswer:
        """Post all files in one request; it begins anew where the token has to be renewed.

        Raises `TransportError`, among others with LOGIN_REFUSED, REMOTE_SIZE_LIMIT, RATE_LIMITED, HTTP_UNAVAILABLE,
        REQUEST_REFUSED, and PROTOCOL_ERROR for an answer without what the target says is in it.
        """
        source, doing = MultipartSource(package, self._settings), f"send package {package.batch_id}"
        headers = {
            "Content-Type": source.content_type,
            "Content-Length": str(source.size),
            "Accept": "application/json",
            self._settings.idempotency_header: package.idempotency_key,
        }
        upload = Upload(source, PartProgress(source, progress))
        call = Call("POST", self._settings.address, doing, headers, upload, most=LARGEST_ANSWER)
        answer = await self._requests.make(call)
        if not answer.succeeded:
            raise answer.error(doing)
        return self._read(answer, package)

    def _read(self, answer: Answer, package: OutgoingPackage) -> PackageAnswer:
        settings = self._settings
        if settings.reference_field is None and settings.files_field is None:
            return PackageAnswer()
        try:
            said = json.loads(answer.content)
        except ValueError as error:
            raise _unreadable(package, "is no JSON") from error
        reference = None if settings.reference_field is None else _reference(said, settings.reference_field)
        if settings.reference_field is not None and reference is None:
            raise _unreadable(package, f"has no {settings.reference_field}")
        if settings.files_field is None:
            return PackageAnswer(reference=reference)
        paths = {name: path for path, name in file_names(package, settings).items()}
        return PackageAnswer(reference=reference, hashes=_hashes(_find(said, settings.files_field), paths))


def _find(said: Any, place: str) -> Any:
    for name in place.split("."):
        said = said.get(name) if isinstance(said, dict) else None
    return said


def _reference(said: Any, place: str) -> str | None:
    found = _find(said, place)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    text = "".join(sign for sign in str(found) if sign.isprintable())[:LONGEST_REFERENCE]
    return text or None


def _hashes(listed: Any, paths: dict[str, str]) -> dict[str, dict[str, str]]:
    """What the receiver tells of files that it was sent; all else is left out."""
    found: dict[str, dict[str, str]] = {}
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, dict):
            continue
        path = paths.get(str(entry.get("path") or entry.get("name")))
        told = {name: str(entry.get(name, "")).lower() for name in _HASHES}
        told = {name: text for name, text in told.items() if _HASHES[name].match(text)}
        if path is not None and told:
            found[path] = told
    return found


def _unreadable(package: OutgoingPackage, reason: str) -> TransportError:
    message = f"the receiver confirmed package {package.batch_id}, but its answer {reason}"
    return raised(PROTOCOL, message)
