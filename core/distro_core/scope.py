"""For whom a service works: one tenant, one actor, and everything that is within reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from distro_core.broadcast import Broadcast
from distro_core.clock import Clock
from distro_core.licensing.rights import NO_RIGHTS, Rights
from distro_core.objects.port import ObjectStorage
from distro_core.plugins.port import TenantPlugins
from distro_core.queue.port import TaskQueue
from distro_core.secrets.port import Sealer
from distro_core.settings import Settings
from distro_core.store.stores import TenantStore

if TYPE_CHECKING:
    from distro_core.delivery.limits.sessions import SessionPool
    from distro_core.delivery.run_logs import LogWriter

SYSTEM_ACTOR = "system"


@dataclass(frozen=True)
class Scope:
    """What every service is made with.

    `actor`: id of the user or API key on whose behalf it works, or ``system``; permissions were checked before;
    `sessions`: open connections of a worker, None where no worker runs; `log_writer`: writes the logs of deliveries
    for all that a process delivers at once;
    `require_validation`: whether the tenant delivers only messages that pass validation (row VAL-10);
    `rights`: what its licences allow; `licensed_plugins`: ids of the plugins that it has a licence for now.
    """

    store: TenantStore
    actor: str
    plugins: TenantPlugins
    objects: ObjectStorage
    queue: TaskQueue
    broadcast: Broadcast
    sealer: Sealer
    clock: Clock
    settings: Settings
    sessions: SessionPool | None = None
    log_writer: LogWriter | None = None
    require_validation: bool = True
    rights: Rights = NO_RIGHTS
    licensed_plugins: tuple[str, ...] = ()

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self.store.tenant_id

    @property
    def tenant_key(self) -> str:
        """The tenant's key, as it stands in names of databases, objects and channels."""
        return self.store.tenant_key
