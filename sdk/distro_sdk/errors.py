"""The errors that may cross a boundary: services and plugins raise these and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

Path = tuple[str | int, ...]


class DomainError(Exception):
    """A request that cannot be fulfilled, with what the caller needs to mend it.

    `code`: a stable, documented code such as ``ISRC_INVALID``; `message`: one sentence for people;
    `path`: where in the caller's input the fault lies, outermost first.
    """

    def __init__(self, code: str, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path

    def __str__(self) -> str:
        where = ".".join(str(step) for step in self.path)
        return f"{self.code}: {self.message}" + (f" (at {where})" if where else "")


class DomainErrors(DomainError):
    """Several faults found in one input, reported at once."""

    def __init__(self, errors: Sequence[DomainError]) -> None:
        first = errors[0]
        super().__init__(first.code, "; ".join(error.message for error in errors), first.path)
        self.errors = tuple(errors)


class ErrorCategory(StrEnum):
    """Why a delivery failed (rows ERR-01 to ERR-10)."""

    CONTENT_FORMAT = "CONTENT_FORMAT"
    CONTENT_QUALITY = "CONTENT_QUALITY"
    METADATA_INVALID = "METADATA_INVALID"
    AUTH_EXPIRED = "AUTH_EXPIRED"
    AUTH_INVALID = "AUTH_INVALID"
    API_RATE_LIMIT = "API_RATE_LIMIT"
    API_UNAVAILABLE = "API_UNAVAILABLE"
    NETWORK_TIMEOUT = "NETWORK_TIMEOUT"
    NETWORK_CONNECTIVITY = "NETWORK_CONNECTIVITY"
    UNKNOWN = "UNKNOWN"


class ErrorSubCode(StrEnum):
    """What a category leaves open (row ERR-12)."""

    ARTWORK_INVALID = "artwork_invalid"
    AUTH_PERMISSION = "auth_permission"
    API_CHANGED = "api_changed"
    CONTENT_REJECTED = "content_rejected"
    CONTENT_DUPLICATE = "content_duplicate"
    RIGHTS_CONFLICT = "rights_conflict"
    DELIVERY_TIMEOUT = "delivery_timeout"
    DELIVERY_INTERRUPTED = "delivery_interrupted"
    DELIVERY_CORRUPT = "delivery_corrupt"
    SYSTEM_STORAGE = "system_storage"
    SYSTEM_DATABASE = "system_database"
    SYSTEM_INTERNAL = "system_internal"
    NETWORK_DNS = "network_dns"
    NETWORK_CONNECTION = "network_connection"


class TransportError(Exception):
    """A transfer that failed, classified at the edge where its cause is still known.

    `category`: the public category; `code`: a finer, stable code such as ``HOST_KEY_CHANGED``; `retryable`: whether
    the same attempt may succeed later without anybody mending anything; `retry_after`: seconds the server asked for.
    """

    def __init__(
        self,
        category: ErrorCategory,
        code: str,
        message: str,
        *,
        retryable: bool,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.category = category
        self.code = code
        self.message = message
        self.retryable = retryable
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.category.value}/{self.code}: {self.message}"


class SetupFailure(StrEnum):
    """Why a plugin cannot be set up.

    `missing`: it is not installed, or not on this machine; `manifest`: its plugin.json; `requirements`: what it needs
    is not there; `id_taken`, `key_taken`: another plugin has its id, or a key that it registers; `import`: its code
    cannot be imported; `contract`: it is not what the SDK asks for; `settings`: what the operator has set; `startup`:
    its own start; `migration`: what the tenant keeps of it could not be brought into its form; `downgrade`: what the
    tenant keeps was written by a later version; `revoked`: its registry does not trust it any more.
    """

    MISSING = "missing"
    MANIFEST = "manifest"
    REQUIREMENTS = "requirements"
    ID_TAKEN = "id_taken"
    KEY_TAKEN = "key_taken"
    IMPORT = "import"
    CONTRACT = "contract"
    SETTINGS = "settings"
    STARTUP = "startup"
    MIGRATION = "migration"
    DOWNGRADE = "downgrade"
    REVOKED = "revoked"


class PluginError(Exception):
    """A plugin that cannot be set up or that broke its contract; `plugin` is its id, `failure` the kind of fault."""

    def __init__(self, plugin: str, message: str, failure: SetupFailure = SetupFailure.CONTRACT) -> None:
        super().__init__(f"plugin {plugin}: {message}")
        self.plugin = plugin
        self.message = message
        self.failure = failure
