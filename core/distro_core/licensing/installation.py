"""The identity of this installation, and its time, which never goes back."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from distro_core.clock import Clock
from distro_core.licensing.documents import THE_INSTALLATION, InstallationDocument
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError

NOTED_EACH: Final = timedelta(seconds=60)
"""By how much time moves on until it is noted again: a clock can be set back by this much without being noticed."""


class Installation:
    """Guards the time of licences: an expired one stays expired, whatever the machine's clock is set to."""

    def __init__(self, control: ControlStore, clock: Clock) -> None:
        self._documents = control.collection(InstallationDocument)
        self._clock = clock
        self._known: InstallationDocument | None = None

    async def id(self) -> str:
        """The installation's id; made when it is first asked for."""
        return (await self._document()).installation_id

    async def now(self) -> datetime:
        """The machine's time, or the latest that any process has seen, whichever is later."""
        known = await self._document()
        now = self._clock.now()
        if now < known.latest + NOTED_EACH:
            return max(now, known.latest)
        earlier = {"id": THE_INSTALLATION, "latest": {"$lt": now}}
        noted = await self._documents.try_update(earlier, Change(set={"latest": now}))
        self._known = noted or await self._documents.find(THE_INSTALLATION)
        return max(now, self._known.latest) if self._known else now

    async def _document(self) -> InstallationDocument:
        if self._known is None:
            self._known = await self._documents.find(THE_INSTALLATION) or await self._create()
        return self._known

    async def _create(self) -> InstallationDocument:
        fresh = InstallationDocument(id=THE_INSTALLATION, installation_id=str(uuid.uuid4()), latest=self._clock.now())
        try:
            return await self._documents.insert(fresh)
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
            return await self._documents.get(THE_INSTALLATION)
