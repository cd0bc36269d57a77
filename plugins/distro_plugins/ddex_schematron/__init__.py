"""DDEX's own profile rules, where the operator has their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from distro_plugins.ddex_schematron.selection import RuleFolder
from distro_plugins.ddex_schematron.validator import SchematronValidator
from distro_sdk.messages import MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["DdexSchematronPlugin", "RuleFolder", "SchematronValidator"]


class DdexSchematronPlugin(Plugin):
    """Adds the validator `ddex-schematron`. Setting `folder`: where DDEX's rule files lie; without it none is added."""

    id: ClassVar[str] = "ddex-schematron"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        """Find the rule files; raise `ValueError` where the folder has none or Saxon is not installed."""
        super().__init__(settings)
        self._validator: SchematronValidator | None = None
        if folder := self.settings.get("folder"):
            if find_spec("saxonche") is None:
                raise ValueError("DDEX's rules need Saxon: pip install stardust-distro[schematron]")
            self._validator = SchematronValidator(RuleFolder(Path(str(folder)).expanduser()))

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the validator, where the operator has named a folder."""
        return () if self._validator is None else (self._validator,)

    async def shutdown(self) -> None:
        """End the validator's thread."""
        if self._validator is not None:
            self._validator.close()
