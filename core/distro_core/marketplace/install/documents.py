"""How installed plugins and the jobs that change them are stored, in the control database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.store.documents import Document, Index
from distro_sdk.manifest import LicenseModel, PluginManifest
from distro_sdk.models.base import Model

THE_SET = "current"
MOST_INSTALLED = 500
KEEP_JOBS = 90 * 86_400
"""Seconds after its end for which a job can be looked up."""


class InstalledPlugin(Model):
    """A plugin that is installed in this deployment.

    `sha256`, `size`: of its wheel, which lies in object storage; `top_levels`: names of the modules and packages that
    it brings; `offers`: by kind, the keys that it registers; `registry`, `publisher`: from where and by whom;
    `signed_by`: the id of the publisher's key; `revoked`: why its registry does not trust it any more, or None.
    """

    id: str
    version: str
    sha256: str
    size: int
    distribution: str
    entry: str
    manifest: PluginManifest
    top_levels: tuple[str, ...]
    offers: Mapping[str, tuple[str, ...]] = {}
    license_model: LicenseModel
    registry: str
    publisher: str
    signed_by: str = ""
    revoked: str | None = None
    installed_at: datetime
    installed_by: str


class PluginSetDocument(Document):
    """All installed plugins: one document, so that every change of the set is atomic and sees all the others.

    `plugins`: by id; `generation`: grows with every change, and every process works towards the newest.
    """

    collection: ClassVar[str] = "plugin_set"

    generation: int = 0
    plugins: Mapping[str, InstalledPlugin] = {}


class JobKind(StrEnum):
    """What a job does."""

    INSTALL = "install"
    UPGRADE = "upgrade"
    UNINSTALL = "uninstall"


class JobStatus(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class JobStep(StrEnum):
    """The steps of a job, in their order; an uninstallation has the last three and the first."""

    AUTHORISE = "authorise"
    RESOLVE = "resolve"
    LICENSE = "license"
    DOWNLOAD = "download"
    VERIFY = "verify"
    INSPECT = "inspect"
    STORE = "store"
    UNPACK = "unpack"
    TRY = "try"
    ACTIVATE = "activate"
    RELEASE = "release"
    REMOVE = "remove"
    PURGE = "purge"


INSTALL_STEPS: tuple[JobStep, ...] = tuple(JobStep)[:10]
UNINSTALL_STEPS: tuple[JobStep, ...] = (JobStep.AUTHORISE, JobStep.RELEASE, JobStep.REMOVE, JobStep.PURGE)


class JobError(Model):
    """Why a job failed."""

    code: str
    message: str


class PluginJobDocument(Document):
    """An installation, upgrade or uninstallation.

    `tenant_id`: on whose behalf; `requested_version`: None for the newest; `version`, `sha256`: what it was resolved
    to; `replaces`: the SHA-256 of the wheel that an upgrade replaces, once it does; `dry_run`: everything is checked
    and nothing changed; `force`: uninstall it though tenants have it; `purge`: remove its data, too; `done`: the steps
    that are behind it; `progress`: bytes downloaded; `needs_restart`: whether processes recycle before they have what
    was asked for; `notes`: what people should know of it; `open`: true until it has ended. `holder`, `leased_until`,
    `attempts`: which worker has it, for how long, and how often one began.
    """

    collection: ClassVar[str] = "plugin_jobs"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "open_job",
            (("plugin_id", 1),),
            unique=True,
            only_if={"open": True},
            error_code="PLUGIN_JOB_RUNNING",
            error_message="this plugin is being installed or uninstalled already",
            error_path=("id",),
        ),
        Index("stale", (("open", 1), ("leased_until", 1))),
        Index("tenant", (("tenant_id", 1), ("_id", -1))),
        Index("expiry", (("finished_at", 1),), expire_after=KEEP_JOBS),
    )

    kind: JobKind
    plugin_id: str
    tenant_id: str
    requested_version: str | None = None
    version: str | None = None
    sha256: str | None = None
    replaces: str | None = None
    dry_run: bool = False
    force: bool = False
    purge: bool = False
    status: JobStatus = JobStatus.WAITING
    open: bool = True
    step: JobStep | None = None
    done: tuple[JobStep, ...] = ()
    progress: int = 0
    size: int | None = None
    error: JobError | None = None
    needs_restart: bool = False
    notes: tuple[str, ...] = ()
    attempts: int = 0
    holder: str | None = None
    leased_until: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
