"""A process that migrates what a tenant keeps and dies by SIGKILL at a step. Settings come from `DISTRO_…`.

Arguments: the tenant's id, and at which call of the step for documents it dies.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from distro_core.platform import open_platform
from distro_core.plugins import document_migrations
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.migrations import DocumentMigration, PluginMigration
from tests.plugins.test_migrations import KeeperTwo, release_of


class Dying(KeeperTwo):
    """Version 2, in a process that is killed."""

    def register_migrations(self) -> Sequence[PluginMigration]:
        documents, configuration = super().register_migrations()
        assert isinstance(documents, DocumentMigration)
        left = int(sys.argv[2])

        def die_in_time(key: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return documents.migrate(key, content)

        return (DocumentMigration(2, documents.collection, die_in_time), configuration)


async def migrate() -> None:
    document_migrations.PAGE = 1
    async with open_platform(Settings(_env_file=None), find=lambda: (release_of(Dying, 2),)) as platform:
        await platform.scope(sys.argv[1], SYSTEM_ACTOR)


if __name__ == "__main__":
    asyncio.run(migrate())
