"""Which object storage the settings ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from distro_core.objects.local import LocalObjectStorage
from distro_core.objects.port import ObjectStorage
from distro_core.settings import Settings
from distro_sdk.errors import DomainError


@asynccontextmanager
async def open_object_storage(settings: Settings) -> AsyncIterator[ObjectStorage]:
    """The storage of `objects_url`: a folder under the data folder where it is unset, else an S3 bucket.

    Raises `DomainError` OBJECTS_URL_INVALID for a URL that names no storage.
    """
    if settings.objects_url is None:
        yield LocalObjectStorage(settings.data_path / "objects")
        return
    # The S3 client takes a second to import: only those who use it wait.
    from distro_core.objects.s3 import S3Location, open_s3_storage  # noqa: PLC0415

    location = S3Location.from_url(settings.objects_url)
    if location is None:
        raise DomainError(
            "OBJECTS_URL_INVALID",
            f"{settings.objects_url!r} is not of the form s3://BUCKET or s3://BUCKET/PREFIX",
            ("objects_url",),
        )
    async with open_s3_storage(location, settings) as storage:
        yield storage
