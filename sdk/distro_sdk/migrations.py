"""Steps by which what tenants keep of an earlier version of a plugin comes into the form of this one.

A step is pure: it makes the new form of the old one, reads nothing else and does nothing else. So it can be tried
before anything is stored, run again after a crash, and tested without a platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from distro_sdk.errors import DomainError, PluginError

if TYPE_CHECKING:
    from distro_sdk.manifest import PluginManifest
    from distro_sdk.plugin import Plugin

MIGRATION_FAILED = "PLUGIN_MIGRATION_FAILED"


@dataclass(frozen=True)
class ConfigurationMigration:
    """One step of configurations. `to`: the version that it leads to, from the one before.

    `migrate`: takes a stored configuration, its secrets as `SecretStr`, and returns the new one; what is a secret in
    the new model is sealed. Raises `DomainError` or `ValueError` for what cannot be brought over.
    """

    to: int
    migrate: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class DocumentMigration:
    """One step of the documents in one of the plugin's collections. `to`: as of a configuration.

    `migrate`: takes the key and the content of a document and returns the new content; raises as for a configuration.
    """

    to: int
    collection: str
    migrate: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


PluginMigration = ConfigurationMigration | DocumentMigration


@dataclass(frozen=True)
class Ladder:
    """The steps of a plugin, and the versions to which they lead: those of its configuration and of its documents."""

    configuration_version: int = 1
    documents_version: int = 1
    steps: Sequence[PluginMigration] = ()

    @property
    def is_versioned(self) -> bool:
        """Whether anything was ever kept in another form."""
        return (self.configuration_version, self.documents_version) != (1, 1)

    @property
    def collections(self) -> Sequence[str]:
        """The collections whose documents have changed their form."""
        return sorted({step.collection for step in self.steps if isinstance(step, DocumentMigration)})

    def migrate_configuration(self, configuration: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """The newest form of a configuration of some version; raises PLUGIN_MIGRATION_FAILED."""
        for step in self._after(ConfigurationMigration, version):
            configuration = _taken(f"configuration to version {step.to}", partial(step.migrate, configuration))
        return configuration

    def migrate_document(
        self, collection: str, key: str, content: Mapping[str, Any], version: int
    ) -> Mapping[str, Any]:
        """The newest form of a document of some version; raises PLUGIN_MIGRATION_FAILED."""
        for step in self._after(DocumentMigration, version):
            if step.collection == collection:
                what = f"document {key} of {collection} to version {step.to}"
                content = _taken(what, partial(step.migrate, key, content))
        return content

    def _after(self, kind: type[Any], version: int) -> Iterator[Any]:
        steps = (step for step in self.steps if isinstance(step, kind) and step.to > version)
        return iter(sorted(steps, key=lambda step: step.to))


def ladder_of(manifest: PluginManifest, plugin: Plugin) -> Ladder:
    """The ladder of a plugin; raises `PluginError` where a version lacks its step, or a step its version."""
    try:
        steps: tuple[Any, ...] = tuple(plugin.register_migrations())
    except Exception as error:
        raise PluginError(manifest.id, f"register_migrations failed: {type(error).__name__}: {error}") from error
    if strange := [type(step).__name__ for step in steps if not isinstance(step, PluginMigration)]:
        raise PluginError(manifest.id, f"{strange[0]} is no migration")
    configured = manifest.configuration.version if manifest.configuration else 1
    kinds = {
        "configuration": (configured, [step.to for step in steps if isinstance(step, ConfigurationMigration)]),
        "documents": (
            manifest.documents_version,
            sorted({step.to for step in steps if isinstance(step, DocumentMigration)}),
        ),
    }
    for kind, (version, found) in kinds.items():
        if sorted(found) != list(range(2, version + 1)):
            told = ", ".join(map(str, sorted(found))) or "none"
            message = f"plugin.json has version {version} of its {kind}, its migrations lead to: {told}"
            raise PluginError(manifest.id, message)
    places = [(step.to, step.collection) for step in steps if isinstance(step, DocumentMigration)]
    if len(places) != len(set(places)):
        raise PluginError(manifest.id, "two of its migrations lead the documents of one collection to one version")
    return Ladder(configured, manifest.documents_version, steps)


def _taken(what: str, migrate: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """What a step returns; whatever it raises is told as one kind of failure."""
    try:
        made = migrate()
    except DomainError as error:
        raise DomainError(MIGRATION_FAILED, f"{what}: {error.message}") from error
    except Exception as error:
        raise DomainError(MIGRATION_FAILED, f"{what}: {type(error).__name__}: {error}") from error
    if not isinstance(made, Mapping):
        raise DomainError(MIGRATION_FAILED, f"{what}: the step returned {type(made).__name__}, not a mapping")
    return made
