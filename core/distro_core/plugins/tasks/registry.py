"""The tasks of plugins, by plugin and name: two plugins may call theirs the same."""

from __future__ import annotations

import re

from distro_core.plugins.offers import Registry
from distro_sdk.errors import PluginError, SetupFailure
from distro_sdk.tasks import LONGEST_TASK, MOST_TASKS, TASK_NAME, At, Every, PluginTask


class TaskRegistry(Registry[PluginTask]):
    """By ``plugin/name``."""

    def __init__(self) -> None:
        super().__init__("task", "name", PluginTask)

    def add(self, plugin: str, offered: PluginTask) -> None:
        """Take a task; raises `PluginError` for one that says too little or whose name the plugin has already."""
        if not isinstance(offered, PluginTask):
            raise PluginError(plugin, f"its task is {type(offered).__name__}, not PluginTask")
        if fault := _fault(offered):
            raise PluginError(plugin, f"its task {offered.name!r} {fault}")
        key, own = task_key(plugin, offered.name), self._offers.setdefault(plugin, {})
        if key in own:
            raise PluginError(plugin, f"it has two tasks {offered.name}", SetupFailure.KEY_TAKEN)
        if len(own) >= MOST_TASKS:
            raise PluginError(plugin, f"it has more than {MOST_TASKS} tasks")
        own[key] = offered

    def empty(self) -> TaskRegistry:
        """A registry of this kind without anything."""
        return TaskRegistry()


def task_key(plugin: str, name: str) -> str:
    """By what a task is told from all others."""
    return f"{plugin}/{name}"


def _fault(task: PluginTask) -> str | None:
    if not re.fullmatch(TASK_NAME, task.name):
        return "has no good name: lower-case letters, digits and '-'"
    if not task.description:
        return "is not described"
    timing: object = task.timing
    if not isinstance(timing, Every | At):
        return "does not say when it is due"
    if not 0 < task.timeout <= LONGEST_TASK:
        return f"may take {task.timeout:g} seconds: more than 0 and at most {LONGEST_TASK:g}"
    return None
