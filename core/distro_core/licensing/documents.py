"""What licensing keeps in the control database beside the tenants' licences."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from distro_core.store.documents import Document

THE_INSTALLATION = "this"


class InstallationDocument(Document):
    """The installation: all processes that share one control database.

    `installation_id`: to which licences may be bound; `latest`: the latest time that any process has seen while it
    looked at licences, from which no clock goes back.
    """

    collection: ClassVar[str] = "installation"

    installation_id: str
    latest: datetime
