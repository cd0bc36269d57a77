"""Every setting of the platform, read from `DISTRO_…` environment variables and an optional `.env` file."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, field_serializer
from pydantic_settings import BaseSettings, SettingsConfigDict

from distro_core.marketplace.registry.settings import RegistrySetting, RevokedPlugins
from distro_core.store.driver import Driver


class Settings(BaseSettings):
    """Typed settings; secrets print as stars."""

    model_config = SettingsConfigDict(env_prefix="DISTRO_", env_file=".env", extra="forbid", frozen=True)

    data_dir: Path = Field(
        default=Path(".distro"), description="Folder of the embedded servers, keys and local objects."
    )

    mongo_url: SecretStr | None = Field(default=None, description="MongoDB URL; unset: a private mongod is started.")
    mongo_driver: Driver = Field(default=Driver.MOTOR, description="Driver: motor or pymongo (PyMongo Async).")
    redis_url: SecretStr | None = Field(
        default=None, description="Redis or Valkey URL; unset: a private one is started."
    )

    objects_url: str | None = Field(
        default=None, description="Object storage: unset for a folder under the data folder, or s3://BUCKET/PREFIX."
    )
    s3_endpoint: str | None = Field(default=None, description="Endpoint of an S3-compatible object storage.")
    s3_region: str = Field(default="us-east-1", description="Region of the object storage.")
    s3_access_key: SecretStr | None = Field(default=None, description="Access key of the object storage.")
    s3_secret_key: SecretStr | None = Field(default=None, description="Secret key of the object storage.")

    ddex_schemas: Path | None = Field(
        default=None, description="Folder with DDEX's official XSD files, from which messages are judged."
    )
    ddex_schema_address: str = Field(
        default="https://service.ddex.net/xml",
        pattern=r"^https?://[^\s/]+[^\s]*$",
        description="Where `schemas install --download` finds DDEX's official XSD files.",
    )

    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port the API listens on.")
    metrics_token: SecretStr | None = Field(
        default=None, min_length=16, description="What `/metrics` asks for as a bearer token; unset: it is not served."
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port on which a worker serves `/metrics`; unset: it does not."
    )
    development: bool = Field(
        default=False, description="Development mode: explorer at /graphql, introspection, readable logs."
    )
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged."
    )

    auth_key: SecretStr | None = Field(
        default=None, description="Key that signs access tokens; unset: a key file in the data folder."
    )
    key_provider: str = Field(
        default="local",
        description="Who wraps tenants' data keys: `local` for the key file in the data folder, or a plugin's key "
        "provider such as `aws-kms`.",
    )
    access_token_lifetime: float = Field(default=900.0, gt=0, description="Seconds an access token is good for.")
    refresh_token_lifetime: float = Field(
        default=30 * 86_400.0, gt=0, description="Seconds a refresh token is good for."
    )
    max_request_bytes: int = Field(default=1024**2, gt=0, description="Largest GraphQL request, bytes.")
    graphql_max_depth: int = Field(default=12, gt=0, description="Deepest nesting of a GraphQL document.")
    graphql_max_tokens: int = Field(default=2000, gt=0, description="Most tokens of a GraphQL document.")
    graphql_max_aliases: int = Field(default=30, gt=0, description="Most aliases in a GraphQL document.")
    graphql_max_cost: int = Field(
        default=20_000, gt=0, description="Most objects that the answer to a GraphQL document may be estimated to hold."
    )
    graphql_introspection: bool = Field(
        default=False, description="Whether anybody may ask for the schema; in development anybody may."
    )
    public_url: str | None = Field(
        default=None, description="Address under which the API is reached; unset: the one that a request came to."
    )

    max_audio_bytes: int = Field(default=500 * 1024**2, description="Largest audio file, bytes (row AST-09).")
    max_image_bytes: int = Field(default=10 * 1024**2, description="Largest image, bytes (row AST-09).")
    max_video_bytes: int = Field(default=20 * 1024**3, description="Largest video file, bytes.")
    max_document_bytes: int = Field(default=50 * 1024**2, description="Largest document, bytes.")

    plugins: dict[str, dict[str, Any]] = Field(
        default_factory=dict, repr=False, description="What the operator sets for plugins: JSON, by plugin id."
    )
    plugin_timeout: float = Field(default=30.0, gt=0, description="Seconds that one hook of a plugin may take.")
    plugin_failures: int = Field(
        default=5, ge=1, le=100, description="Failures in a row after which a plugin is left alone for a tenant."
    )
    plugin_rest: float = Field(
        default=60.0, gt=0, description="Seconds for which it is left alone before one call tries it again."
    )
    trace_plugins: bool = Field(default=False, description="Log every call of a plugin's hook with its duration.")

    registries: tuple[RegistrySetting, ...] = Field(
        default=(), description="Registries of plugins: JSON list of name, address and the keys that must sign it."
    )
    registry_lifetime: float = Field(default=300.0, ge=0, description="Seconds until a registry is read again.")
    marketplace_read_only: bool = Field(
        default=False, description="Whether nobody may install, upgrade or uninstall plugins."
    )
    plugins_allowed: tuple[str, ...] | None = Field(
        default=None, description="Ids of the plugins that may be installed, as JSON; unset: all of the registries."
    )
    plugins_blocked: tuple[str, ...] = Field(
        default=(), description="Ids of plugins that must not be installed, as JSON."
    )
    plugins_locked: tuple[str, ...] = Field(
        default=(), description="Ids of plugins that stay as they are, as JSON: neither changed nor uninstalled."
    )
    plugins_revoked: RevokedPlugins = Field(
        default=RevokedPlugins.WARN,
        description="What plugins do that are revoked after they were installed: `warn`: go on for tenants that have"
        " them, nobody else switches them on; `stop`: nothing.",
    )
    plugin_set_interval: float = Field(
        default=5.0, gt=0, description="Seconds between two looks for plugins that came or went."
    )
    plugin_trial_timeout: float = Field(
        default=20.0, gt=0, description="Seconds that a plugin may take to be imported on trial before it is installed."
    )

    license_patience: float = Field(
        default=7 * 86_400.0, ge=0, description="Seconds for which a licence counts while nobody can verify it."
    )
    publisher_share: int = Field(
        default=7000,
        ge=0,
        le=10_000,
        description="Share of a sale for the plugin's publisher, in hundredths of a percent.",
    )
    registry_edition_lifetime: float = Field(
        default=30 * 86_400.0, ge=3600, description="Seconds for which an edition of our own registry counts."
    )

    worker_concurrency: int = Field(default=10, ge=1, le=500, description="Tasks a worker runs at once (row JOB-09).")
    delivery_lease: float = Field(
        default=60.0, gt=0, description="Seconds after which a silent worker's delivery is taken over."
    )
    delivery_postponed: float = Field(
        default=7 * 86_400.0,
        gt=0,
        description="Seconds for which plugins may put a delivery off before it needs somebody.",
    )
    sweep_interval: float = Field(default=5.0, gt=0, description="Seconds between two passes of the sweeper.")
    outbox_interval: float = Field(
        default=30.0, gt=0, description="Seconds between two looks for events of which nobody was told."
    )
    acknowledgement_interval: float = Field(
        default=15.0, gt=0, description="Seconds between two looks for acknowledgements at a target."
    )
    status_interval: float = Field(
        default=300.0, gt=0, description="Seconds between two questions to a platform how its deliveries stand."
    )
    stale_after: float = Field(
        default=7 * 86_400.0, gt=0, description="Seconds without progress after which people are told (row WLK-34)."
    )
    receipt_retention: float = Field(
        default=90 * 86_400.0, gt=0, description="Seconds after which a receipt goes into the archive (row RCP-05)."
    )
    receipt_archive_batch: int = Field(
        default=100, ge=1, le=10_000, description="Receipts that one run of housekeeping archives at most."
    )
    housekeeping_interval: float = Field(
        default=600.0, gt=0, description="Seconds between two looks for stale deliveries and old receipts."
    )
    retry_attempts: int = Field(
        default=3, ge=1, le=11, description="Attempts of a delivery before it fails, at most 11 (rows RTY-01, RTS-02)."
    )
    retry_delay: float = Field(
        default=30.0, ge=0, description="Seconds before the second attempt; doubles each time (row RTS-05)."
    )

    circuit_failures: int = Field(
        default=3, ge=1, le=100, description="Failures in a row after which a target is left alone (row CIR-01)."
    )
    circuit_reset: float = Field(
        default=60.0,
        gt=0,
        description="Seconds for which it is left alone before one request tries again (row CIR-02).",
    )
    target_connections: int = Field(
        default=40, ge=1, le=1000, description="Connections to a target at once, of all workers together (row PRO-10)."
    )
    target_series: int = Field(
        default=1000, ge=1, le=100_000, description="Schedules of a target that come again and again, active at once."
    )
    session_idle: float = Field(
        default=15.0, ge=0, description="Seconds for which a worker keeps an idle connection for the next delivery."
    )
    error_lifetime: float = Field(
        default=400 * 86_400.0, gt=0, description="Seconds after which the record of a failure is dropped."
    )

    notification_lifetime: float = Field(
        default=90 * 86_400.0, gt=0, description="Seconds after which a notification is dropped."
    )

    @field_serializer("plugins")
    def _mask_plugins(self, plugins: dict[str, dict[str, Any]]) -> dict[str, str]:
        return dict.fromkeys(plugins, "**********")

    def describe(self) -> dict[str, object]:
        """Every setting by its environment variable, for printing; secrets are masked."""
        prefix = self.model_config.get("env_prefix", "")
        values = self.model_dump(mode="json")
        return {f"{prefix}{name}".upper(): values[name] for name in type(self).model_fields}

    @cached_property
    def data_path(self) -> Path:
        """The data folder as an absolute path."""
        return self.data_dir.expanduser().resolve()

    @property
    def installed_schemas(self) -> Path:
        """The folder into which `schemas install` puts DDEX's official XSD files."""
        return self.data_path / "schemas"

    @property
    def schema_folders(self) -> tuple[Path | None, ...]:
        """Where DDEX's official XSD files are looked for, in this order."""
        return self.ddex_schemas, self.installed_schemas
