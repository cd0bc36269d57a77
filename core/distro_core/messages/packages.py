"""Whole packages without a server: from release files and their assets to a folder as it would stand at a platform."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any

from distro_core.messages.capabilities import read_choreography_settings
from distro_core.messages.naming import message_name
from distro_core.messages.planner import resource_files
from distro_core.messages.release_file import AssetFile, ReleaseFile, read_release_file
from distro_core.messages.standalone import StandaloneOrder, write_standalone
from distro_core.messages.writing import WrittenMessage
from distro_core.plugins.port import TenantPlugins
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.delivery import Batch, BatchedRelease, Package, PackageFile
from distro_sdk.models.message import MessagingParty

BLOCK_SIZE = 1 << 20
"""Bytes that are copied at once."""

MAX_RELEASES = 100
"""Releases of one package."""

Progress = Callable[[int, int, PackageFile], None]
"""Told of the number of each file, from 1, of how many there are, and of the file itself, before it is written."""


@dataclass(frozen=True)
class PackedRelease:
    """A release with its files. `files`: where each asset lies, by its id."""

    complete: CompleteRelease
    files: Mapping[str, Path]


@dataclass(frozen=True)
class PackageOrder:
    """What is asked of a package. `message`: of each message; its id and choreography are of no account.

    `message_ids`: one for each release; `settings`: of the choreography, as far as given; `batch_id`: None for the
    moment at which the messages are made.
    """

    choreography: str
    message: StandaloneOrder
    message_ids: Sequence[str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    batch_id: str | None = None


@dataclass(frozen=True)
class BuiltPackage:
    """A package with where the files of its releases lie, by delivery and asset."""

    package: Package
    files: Mapping[tuple[str, str], Path]


def read_packed_release(content: bytes, folder: Path) -> PackedRelease:
    """A release file with its files in a folder; raises `DomainErrors` as `read_release_file` does.

    An asset in full is found by its file name.
    """
    complete = read_release_file(content, folder)
    given = ReleaseFile.model_validate_json(content.decode("utf-8-sig")).assets
    paths: dict[str, Path] = {}
    faults: list[DomainError] = []
    for place, asset in enumerate(given):
        path = (folder / (asset.file if isinstance(asset, AssetFile) else asset.file_name)).resolve()
        paths[asset.id] = path
        if not path.is_relative_to(folder.resolve()):
            message = f"{path.name} does not lie in the folder of assets"
            faults.append(DomainError("FILE_OUTSIDE_FOLDER", message, ("assets", place, "file_name")))
        elif not path.is_file():
            message = f"there is no file {path.name} in the folder of assets"
            faults.append(DomainError("FILE_MISSING", message, ("assets", place, "file_name")))
    if faults:
        raise DomainErrors(faults)
    return PackedRelease(complete, paths)


async def build_package(releases: Sequence[PackedRelease], order: PackageOrder, plugins: TenantPlugins) -> BuiltPackage:
    """Write every message and lay the batch out.

    Raises `DomainErrors` with every reason why there is none: paths begin with ``releases`` and the number of the
    release from 0. BATCH_SENDERS_DIFFER is told where the releases' labels have different party ids and none was named,
    CHOREOGRAPHY_UNKNOWN and CHOREOGRAPHY_SETTING_INVALID where the order is wrong.
    """
    choreography = plugins.choreographies.get(order.choreography)
    if choreography is None:
        known = ", ".join(sorted(plugins.choreographies)) or "none"
        raise DomainError("CHOREOGRAPHY_UNKNOWN", f"there is no choreography {order.choreography}; there is {known}")
    settings = read_choreography_settings(choreography, order.settings)
    written = await _write_all(releases, order, plugins)
    plans = [message.plan for message in written]
    if faults := list(_sender_faults([plan.sender for plan in plans])):
        raise DomainErrors(faults)
    moment = order.message.created_at.astimezone(UTC)
    batch = Batch(
        id=order.batch_id or f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}",
        created_at=moment,
        sender=plans[0].sender,
        recipient=plans[0].recipients[0],
        test=order.message.test,
        settings=settings,
        releases=tuple(
            _batched(str(place), release.complete, message, plugins.message_builders[order.message.format].file_name)
            for place, (release, message) in enumerate(zip(releases, written, strict=True))
        ),
    )
    files = {(str(place), id): path for place, each in enumerate(releases) for id, path in each.files.items()}
    return BuiltPackage(choreography.lay_out(batch), files)


def write_package(built: BuiltPackage, folder: Path, progress: Progress) -> int:
    """Write all files into a folder that stands there whole or not at all; the bytes that were written. Blocks.

    `folder`: must not exist, or be empty. Raises `DomainError` PACKAGE_FOLDER_TAKEN, or CONTENT_HASH_WRONG where a file
    is not what its release describes, with the release in the path.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DomainError("PACKAGE_FOLDER_TAKEN", f"{folder} is there already and not empty")
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        for number, file in enumerate(built.package.files, 1):
            progress(number, len(built.package.files), file)
            place = unfinished / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            if file.content is not None:
                place.write_bytes(file.content)
            else:
                _copy(built.files[file.delivery_id or "", file.asset_id or ""], place, file)
        unfinished.replace(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return sum(file.size for file in built.package.files)


async def _write_all(
    releases: Sequence[PackedRelease], order: PackageOrder, plugins: TenantPlugins
) -> Sequence[WrittenMessage]:
    written: list[WrittenMessage] = []
    faults: list[DomainError] = []
    for place, (release, message_id) in enumerate(zip(releases, order.message_ids, strict=True)):
        own = replace(order.message, message_id=message_id, choreography=order.choreography)
        try:
            written.append(await write_standalone(release.complete, own, plugins))
        except DomainErrors as error:
            faults += [_within(place, fault) for fault in error.errors]
        except DomainError as error:
            faults.append(_within(place, error))
    if faults:
        raise DomainErrors(faults)
    return written


def _within(place: int, fault: DomainError) -> DomainError:
    return DomainError(fault.code, fault.message, ("releases", place, *fault.path))


def _sender_faults(senders: Sequence[MessagingParty]) -> Iterator[DomainError]:
    for place, sender in enumerate(senders):
        if sender.dpid != senders[0].dpid:
            message = f"a batch has one sender: this release's is {sender.dpid}, the first one's {senders[0].dpid}"
            yield DomainError("BATCH_SENDERS_DIFFER", message, ("releases", place, "label_party_id"))


def _batched(
    delivery_id: str, complete: CompleteRelease, written: WrittenMessage, file_name: str | None
) -> BatchedRelease:
    """`file_name`: what messages of the format must be called, None where the message's id names them."""
    plan = written.plan
    return BatchedRelease(
        delivery_id=delivery_id,
        message_id=plan.message_id,
        message_file=file_name or message_name(plan.message_id),
        message=written.content,
        type=plan.type,
        subtype=plan.subtype,
        profile=plan.profile,
        icpn=plan.release.icpn,
        grid=plan.release.grid,
        files=resource_files(plan, complete),
        companions=written.companions,
    )


def _copy(source: Path, place: Path, file: PackageFile) -> None:
    """Copy a file while it is hashed."""
    hasher = hashlib.sha1(usedforsecurity=False)
    with source.open("rb") as reading, place.open("wb") as writing:
        while block := reading.read(BLOCK_SIZE):
            hasher.update(block)
            writing.write(block)
    if file.hashes is None or hasher.hexdigest() != file.hashes.sha1:
        message = f"{source.name} is not the file that the release describes"
        raise DomainError("CONTENT_HASH_WRONG", message, ("releases", int(file.delivery_id or 0), "assets"))
