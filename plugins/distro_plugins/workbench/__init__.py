"""DDEX Workbench as a validator of ERN messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import ValidationError

from distro_plugins.workbench.settings import WorkbenchSettings
from distro_plugins.workbench.validator import WorkbenchValidator
from distro_sdk.messages import MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["WorkbenchPlugin", "WorkbenchSettings", "WorkbenchValidator"]


class WorkbenchPlugin(Plugin):
    """Adds the validator `workbench`, where the operator has set an `api_key`; see `WorkbenchSettings`."""

    id: ClassVar[str] = "workbench"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        """Check what the operator has set; raise `ValueError` where it is wrong, without repeating the key."""
        super().__init__(settings)
        self._validator: WorkbenchValidator | None = None
        if self.settings:
            try:
                self._validator = WorkbenchValidator(WorkbenchSettings.model_validate(dict(self.settings)))
            except ValidationError as error:
                faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
                raise ValueError(faults) from None

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the validator, where the operator has set a key."""
        return () if self._validator is None else (self._validator,)
