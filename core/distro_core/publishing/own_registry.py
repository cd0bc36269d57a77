"""Our own registry: an edition of what was approved, signed with the installation's key, for us and for others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc.jwk import OKPKey

from distro_core.clock import Clock
from distro_core.marketplace.registry.format import MOST_PLUGINS, PublicKey, digest_of, read_registry, write_registry
from distro_core.marketplace.registry.settings import RegistrySetting
from distro_core.marketplace.trust import sign_registry
from distro_core.objects.port import ObjectStorage
from distro_core.publishing.documents import (
    OWN,
    DeveloperDocument,
    OwnEditionDocument,
    RegistryKeyDocument,
    SubmissionDocument,
    SubmissionStatus,
    SubmissionStep,
)
from distro_core.publishing.transitions import PUBLISHED, advance
from distro_core.scope import SYSTEM_ACTOR
from distro_core.secrets.port import Sealer
from distro_core.settings import Settings
from distro_core.store.collection import Change, Order
from distro_core.store.documents import new_id
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError, ErrorCategory, TransportError

NAME: Final = "this-installation"
SCHEME: Final = "installation"
REGISTRY_FILE: Final = "plugin-registry.json"
ADDRESS: Final = f"{SCHEME}:/{REGISTRY_FILE}"
_WHEELS: Final = f"{SCHEME}:/wheels/"
_SEALED_FOR: Final = "_installation"
_PURPOSE: Final = "registry-key"


class OwnRegistry:
    """Publishes editions, hands them out, and is a `RegistrySource` for this installation itself."""

    key = SCHEME

    def __init__(
        self, control: ControlStore, objects: ObjectStorage, *, sealer: Sealer, clock: Clock, settings: Settings
    ) -> None:
        self._keys = control.collection(RegistryKeyDocument)
        self._editions = control.collection(OwnEditionDocument)
        self._submissions = control.collection(SubmissionDocument)
        self._developers = control.collection(DeveloperDocument)
        self._objects = objects
        self._sealer = sealer
        self._clock = clock
        self._lifetime = timedelta(seconds=settings.registry_edition_lifetime)

    async def public_key(self) -> PublicKey:
        """The key that others must trust to add this registry; made when it is first asked for."""
        return (await self._key()).public

    async def setting(self) -> RegistrySetting | None:
        """How this installation reads it; None while nothing was ever published."""
        if await self._editions.find(OWN) is None:
            return None
        return RegistrySetting(name=NAME, address=ADDRESS, keys=(await self.public_key(),))

    async def publish(self) -> OwnEditionDocument:
        """A new edition with all that was approved, after which that counts as listed."""
        while True:
            current = await self._editions.find(OWN)
            submissions = await self._published()
            edition = await self._signed(submissions, 1 if current is None else current.serial + 1)
            if await self._put(current, edition):
                break
        for submission in submissions:
            if submission.status is SubmissionStatus.APPROVED:
                await self._list(submission)
        return edition

    async def refresh(self) -> None:
        """Tell in a new edition what has changed of developers; nothing where nothing was ever published."""
        if await self._editions.find(OWN) is not None:
            await self.publish()

    async def edition(self) -> bytes:
        """The edition of now, signed anew before it expires; raises NOT_FOUND while nothing was ever published."""
        current = await self._editions.find(OWN)
        if current is None:
            raise DomainError("NOT_FOUND", "this installation has published no plugin")
        if current.expires - self._clock.now() < self._lifetime / 2:
            current = await self.publish()
        return current.content

    async def wheel(self, sha256: str) -> SubmissionDocument:
        """The listed version of a wheel; raises NOT_FOUND for what was not approved."""
        where = {"sha256": sha256, "status": {"$in": [SubmissionStatus.APPROVED, SubmissionStatus.LISTED]}}
        found = await self._submissions.find_one(where)
        if found is None:
            raise DomainError("NOT_FOUND", "no plugin with this wheel is listed")
        return found

    def read_wheel(self, submission: SubmissionDocument) -> AsyncIterator[bytes]:
        """The bytes of a wheel."""
        return self._objects.read(wheel_key(submission.id))

    async def read(self, address: str, most: int) -> AsyncIterator[bytes]:
        """What lies at an address of ours; raises `TransportError`. `most`: checked by who reads."""
        try:
            if address == ADDRESS:
                yield await self.edition()
                return
            found = await self.wheel(address.removeprefix(_WHEELS).removesuffix(".whl"))
            async for block in self.read_wheel(found):
                yield block
        except DomainError as error:
            raise TransportError(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", error.message, retryable=True) from error

    async def _published(self) -> Sequence[SubmissionDocument]:
        found: list[SubmissionDocument] = []
        while len(found) < MOST_PLUGINS:
            where = {"status": {"$in": sorted(PUBLISHED)}, "id": {"$gt": found[-1].id if found else ""}}
            page = await self._submissions.list(where, order=Order())
            if not page:
                break
            found.extend(page)
        return found

    async def _signed(self, submissions: Sequence[SubmissionDocument], serial: int) -> OwnEditionDocument:
        now = self._clock.now()
        developers = await self._developers.get_many(each.developer_id for each in submissions)
        content = {
            "version": 1,
            "serial": serial,
            "issued_at": now.isoformat(),
            "expires": (now + self._lifetime).isoformat(),
            "publishers": [_publisher(developer) for _, developer in sorted(developers.items())],
            "plugins": _plugins(submissions),
            "yanked": [
                {"plugin": each.plugin_id, "version": each.version, "reason": each.yank_reason}
                for each in submissions
                if each.status is SubmissionStatus.YANKED
            ],
            "revoked": [
                {"publisher": developer.id, "kid": kid}
                for _, developer in sorted(developers.items())
                for kid in developer.revoked_keys
            ],
        }
        signature = sign_registry(digest_of(content), serial, await self._private_key())
        raw = write_registry(content, signature)
        # Nothing is published that others could not read.
        read_registry(raw)
        return OwnEditionDocument(id=OWN, serial=serial, content=raw, expires=now + self._lifetime)

    async def _put(self, current: OwnEditionDocument | None, edition: OwnEditionDocument) -> bool:
        """False where somebody else published meanwhile."""
        if current is None:
            try:
                await self._editions.insert(edition)
            except DomainError as error:
                if error.code != "ALREADY_EXISTS":
                    raise
                return False
            return True
        fields = {"serial": edition.serial, "content": edition.content, "expires": edition.expires}
        return await self._editions.try_update({"id": OWN, "serial": current.serial}, Change(set=fields)) is not None

    async def _list(self, submission: SubmissionDocument) -> None:
        step = SubmissionStep(status=SubmissionStatus.LISTED, at=self._clock.now(), by=SYSTEM_ACTOR)
        try:
            await advance(self._submissions, submission, step)
        except DomainError as error:
            # Another process was faster.
            if error.code != "SUBMISSION_STATUS_WRONG":
                raise

    async def _private_key(self) -> OKPKey:
        document = await self._key()
        return OKPKey.import_key(json.loads(await self._sealer.open(_SEALED_FOR, _PURPOSE, document.sealed)))

    async def _key(self) -> RegistryKeyDocument:
        known = await self._keys.find(OWN)
        if known is not None:
            return known
        key = OKPKey.generate_key("Ed25519", {"kid": f"registry-{new_id()}"})
        sealed = await self._sealer.seal(_SEALED_FOR, _PURPOSE, json.dumps(key.as_dict(private=True)))
        public = PublicKey(kid=str(key.kid), x=str(key.as_dict(private=False)["x"]))
        try:
            return await self._keys.insert(RegistryKeyDocument(id=OWN, public=public, sealed=sealed))
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
            return await self._keys.get(OWN)


def wheel_key(submission_id: str) -> str:
    """Where the wheel of a submission lies in object storage."""
    return f"_plugins/submissions/{submission_id}.whl"


def _publisher(developer: DeveloperDocument) -> dict[str, Any]:
    return developer.model_dump(mode="json", include={"id", "name", "support", "keys"})


def _plugins(submissions: Sequence[SubmissionDocument]) -> list[dict[str, Any]]:
    """Entries by plugin id, as the version that was approved last describes them."""
    by_plugin: dict[str, list[SubmissionDocument]] = {}
    for submission in sorted(submissions, key=_approval):
        by_plugin.setdefault(submission.plugin_id, []).append(submission)
    return [_entry(versions) for _, versions in sorted(by_plugin.items())]


def _approval(submission: SubmissionDocument) -> tuple[datetime, str]:
    assert submission.approved_at is not None
    return submission.approved_at, submission.id


def _entry(submissions: Sequence[SubmissionDocument]) -> dict[str, Any]:
    newest = submissions[-1]
    assert newest.manifest is not None
    described = newest.manifest.model_dump(
        mode="json", include={"id", "name", "description", "category", "source", "support", "license"}
    )
    return {
        **described,
        "publisher": newest.developer_id,
        "keywords": list(newest.keywords),
        "versions": [version_of(submission) for submission in submissions],
    }


def version_of(submission: SubmissionDocument) -> dict[str, Any]:
    """A version as a registry lists it."""
    assert submission.manifest is not None
    manifest = submission.manifest.model_dump(
        mode="json", include={"version", "sdk", "python", "license_model", "license_verifier", "requires"}
    )
    released_at = submission.approved_at or submission.created_at
    assert released_at is not None
    return {
        **manifest,
        "sha256": submission.sha256,
        "size": submission.size,
        "signature": submission.signature,
        "url": f"wheels/{submission.sha256}.whl",
        "price": None if submission.price is None else submission.price.model_dump(),
        "released_at": released_at.isoformat(),
    }
