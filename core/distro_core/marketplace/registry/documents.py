"""What is remembered of registries, in the control database."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from distro_core.store.documents import Document


class RegistryStateDocument(Document):
    """The newest edition of a registry that any process has seen; its id is the registry's name in the settings.

    `serial`, `digest`: of that edition; `expires`: when it says nothing any more.
    """

    collection: ClassVar[str] = "registry_states"

    serial: int
    digest: str
    expires: datetime
