"""What plugins do for the tenant from time to time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, mutation
from distro_core.identity.permissions import Permission
from distro_core.plugins.enablement import PluginState
from distro_core.plugins.tasks.documents import TaskOutcome
from distro_core.plugins.tasks.service import PluginTaskService, TaskState


def _of(name: str, default: Any = None) -> Any:
    return lambda state: default if state.document is None else getattr(state.document, name)


@strawberry.type(name="PluginTask", description="Work that a plugin does for your tenant from time to time.")
class PluginTaskType:
    """Work of a plugin."""

    name: str = derived(lambda state: state.task.name, "Its name among those of the plugin.")
    description: str = derived(lambda state: state.task.description, "What it does.")
    timing: str = strawberry.field(description="When it is done, such as `at 09:00 on monday, Europe/Berlin`.")
    next_run_at: datetime | None = derived(
        _of("next_run_at"), "When it is due next; null until a worker has seen it for the first time."
    )
    running: bool = derived(lambda state: bool(state.document and state.document.holder), "Whether it is being done.")
    last_started_at: datetime | None = derived(_of("last_started_at"), "When its last run began.")
    last_ended_at: datetime | None = derived(_of("last_ended_at"), "When its last run that came to an end did so.")
    outcome: TaskOutcome | None = derived(_of("outcome"), "What became of that run.")
    failure: str = derived(_of("failure", ""), "Why it failed, or had nothing to do; empty where it did well.")
    failures: int = derived(_of("failures", 0), "How many runs in a row failed.")


@strawberry.input(description="Which task of a plugin to run.")
class PluginTaskRunInput:
    """Which task to run."""

    id: strawberry.ID = strawberry.field(description="The plugin's own id.")
    task: str = strawberry.field(description="The name of its task.")


@strawberry.type(description="What pluginTaskRun answers.")
class PluginTaskRunPayload(Payload):
    """What pluginTaskRun answers."""

    task: TaskState | None = strawberry.field(
        default=None, graphql_type=PluginTaskType | None, description="The task as it now is."
    )


async def tasks_of(root: strawberry.Parent[PluginState], info: Info) -> list[TaskState]:
    """The tasks of a plugin that the tenant has switched on."""
    return list(await PluginTaskService(await info.context.scope()).list(root.id))


@strawberry.type
class PluginTaskMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.PLUGIN_MANAGE,
        PluginTaskRunPayload,
        "Have a task of a plugin done soon, out of turn; one that is being done is left alone.",
    )
    @staticmethod
    async def plugin_task_run(info: Info, input: PluginTaskRunInput) -> PluginTaskRunPayload:
        """Have a task done soon."""
        service = PluginTaskService(await info.context.scope())
        return PluginTaskRunPayload(task=await service.run_soon(input.id, input.task))
