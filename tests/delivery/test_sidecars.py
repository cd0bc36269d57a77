"""Files that plugins add to a delivery: they travel, are proven and listed, and stay the same over retries."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from distro_api.receiver import Receiver
from distro_core.delivery.documents import TransferStatus
from distro_core.plugins.delivery_answers import AddedFile, Verdict
from distro_sdk.deliveries import LARGEST_SIDECAR, MOST_SIDECARS, OutgoingDelivery, SidecarFile
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessagePlan
from tests.delivery.clocks import FixedClock
from tests.delivery.dsp import errors, sftp_target
from tests.delivery.label import Label
from tests.delivery.test_apple import apple
from tests.delivery.test_choreographies import CHOREOGRAPHIES, NAMES
from tests.delivery.test_manual import pending
from tests.delivery.transports import HookedTransport, cut, pass_on, with_registry, with_transport
from tests.http_receiver import http_receiver

NOTES = b"Mixed at night.\n"
ADM = b"<ebuCoreMain/>"
COPY = b"%PDF-1.7 label copy\n" * 5000


class Adding:
    """Plugins that add files to every delivery; `asked`: what they were told of each."""

    def __init__(self, *files: tuple[str, bytes]) -> None:
        self.files: Sequence[tuple[str, bytes]] = files
        self.asked: list[OutgoingDelivery] = []

    async def __call__(self, plan: MessagePlan, delivery: OutgoingDelivery) -> Verdict:
        self.asked.append(delivery)
        files = [AddedFile("notes", SidecarFile(name=name, content=content)) for name, content in self.files]
        return Verdict(files if delivery.takes_files else ())


class AlwaysAdding(Adding):
    """Plugins that do not ask whether a delivery takes files."""

    async def __call__(self, plan: MessagePlan, delivery: OutgoingDelivery) -> Verdict:
        return Verdict([AddedFile("notes", SidecarFile(name=name, content=content)) for name, content in self.files])


def adding(label: Label, plugins: Adding) -> Label:
    return Label(with_registry(label.scope, before_delivery=plugins), label.folder)


def sent(folder: Path, batch_id: str) -> dict[str, bytes]:
    """What lies beside messages that no message names, by path below the batch."""
    found = (path for path in folder.rglob("sidecars/*") if batch_id in path.as_posix())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.proves("PLG-09")
@pytest.mark.parametrize(("choreography", "chosen"), CHOREOGRAPHIES, ids=NAMES)
async def test_files_of_two_releases_travel_over_sftp_in_every_choreography(
    label: Label, receiver: Receiver, tmp_path: Path, choreography: str, chosen: dict[str, Any]
) -> None:
    label = adding(label, Adding(("master.adm.xml", ADM), ("label-copy.pdf", COPY)))
    releases = [await label.release(), await label.release()]
    target = await sftp_target(
        label, receiver, choreography=choreography, choreography_settings=chosen, verify_after_upload=True
    )

    made = await label.deliveries.create([release.id for release in releases], target.id)
    await label.work(made[0])
    deliveries = [await label.deliveries.get(delivery.id) for delivery in made]

    assert [(each.status, each.error) for each in deliveries] == [(Status.PROCESSING_BY_PLATFORM, None)] * 2
    async with asyncio.timeout(60):
        while sum(len(report.messages) for report in receiver.reports) < 2:
            await asyncio.sleep(0.02)
    assert [(each.code, each.path) for report in receiver.reports for each in errors(report)] == []
    lain = {
        path.rpartition("/")[2]: content for path, content in sent(tmp_path / "dsp" / "users", made[0].batch_id).items()
    }
    names = [f"{release.icpn}_{name}" for release in releases for name in ("label-copy.pdf", "master.adm.xml")]
    assert {name: lain[name] for name in names} == dict.fromkeys(names[::2], COPY) | dict.fromkeys(names[1::2], ADM)
    lists = {name: content.decode() for name, content in lain.items() if name not in names}
    assert len(lists) == 2
    told = "".join(lists.values()).splitlines()
    assert sorted(told) == sorted(f"{hashlib.sha256(lain[name]).hexdigest()}  {name}" for name in names)
    for delivery, release in zip(deliveries, releases, strict=True):
        receipt = delivery.receipt
        assert receipt is not None
        assert receipt.hashes_verified
        own = {file.name: file.md5 for file in receipt.files if file.kind is FileKind.SIDECAR}
        assert own == {
            f"{release.icpn}_master.adm.xml": hashlib.md5(ADM, usedforsecurity=False).hexdigest(),
            f"{release.icpn}_label-copy.pdf": hashlib.md5(COPY, usedforsecurity=False).hexdigest(),
        }


async def break_at_the_marker(path: str) -> None:
    if path.endswith("BatchComplete.txt"):
        raise cut()


@pytest.mark.proves("PLG-09")
async def test_every_attempt_sends_the_same_bytes_and_asks_nobody_again(label: Label) -> None:
    clock, line, plugins = FixedClock(), HookedTransport(before=break_at_the_marker), Adding(("notes.txt", NOTES))
    label = adding(Label(with_transport(label.scope, line), label.folder), plugins).with_scope(clock=clock)
    release, target = await label.release(), await label.target(transport="hooked")
    first = await label.deliver([release.id], target.id)
    plugins.files = (("notes.txt", b"Mixed at noon.\n"), ("more.txt", b"more"))
    line.before = pass_on
    clock.advance(600)

    second = await label.work(first)

    assert (first.status, second.status) == (Status.RETRYING, Status.DISTRIBUTED)
    assert len(plugins.asked) == 1
    assert [(file.name, file.plugin) for file in second.sidecars] == [(f"{release.icpn}_notes.txt", "notes")]
    stored = {path.rpartition("/")[2]: content for path, content in sent(label.folder, second.batch_id).items()}
    assert stored[f"{release.icpn}_notes.txt"] == NOTES
    skipped = {file.path for file in second.attempts[1].files if file.status is TransferStatus.SKIPPED}
    assert any(path.endswith("_notes.txt") for path in skipped)


@pytest.mark.proves("PLG-09")
async def test_who_takes_over_from_a_worker_that_died_sends_the_same_bytes(label: Label) -> None:
    reached, plugins = asyncio.Event(), Adding(("notes.txt", NOTES))

    async def hang_at_the_list(path: str) -> None:
        if path.endswith(".sha256"):
            reached.set()
            await asyncio.sleep(60)

    line = HookedTransport(before=hang_at_the_list)
    label = adding(Label(with_transport(label.scope, line), label.folder), plugins)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)
    dying = asyncio.create_task(label.work(made))
    await reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    plugins.files, line.before = (("notes.txt", b"Mixed at noon.\n"),), pass_on

    delivery = await label.work(made)

    assert (delivery.status, len(delivery.attempts), len(plugins.asked)) == (Status.DISTRIBUTED, 2, 1)
    listed = f"{hashlib.sha256(NOTES).hexdigest()}  {release.icpn}_notes.txt\n".encode()
    assert sorted(sent(label.folder, delivery.batch_id).values()) == sorted([NOTES, listed])


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ([("../notes.txt", NOTES)], ["SIDECAR_NAME_UNSAFE"]),
        ([(".hidden", NOTES), ("a/b.txt", NOTES), ("a b.txt", NOTES)], ["SIDECAR_NAME_UNSAFE"]),
        ([("notes.txt", NOTES), ("NOTES.TXT", NOTES)], ["SIDECAR_NAME_TAKEN"]),
        ([("01_001.WAV", NOTES)], ["SIDECAR_NAME_TAKEN"]),
        ([("notes.txt", bytes(LARGEST_SIDECAR + 1))], ["SIDECAR_TOO_LARGE"]),
        ([(f"{number}.bin", bytes(LARGEST_SIDECAR)) for number in range(3)], ["SIDECAR_TOO_LARGE"]),
        ([(f"{number}.txt", b"") for number in range(MOST_SIDECARS + 1)], ["SIDECARS_TOO_MANY"]),
    ],
    ids=["climbs", "unsafe", "twice", "a recording", "large", "large together", "many"],
)
async def test_what_must_not_travel_stops_the_delivery(
    label: Label, files: Sequence[tuple[str, bytes]], codes: list[str]
) -> None:
    label = adding(label, Adding(*files))
    release, target = await label.release(), await label.target()

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert [delivery.error.code] == codes
    assert (delivery.sidecars, label.files()) == ((), [])


async def test_apples_packages_takedowns_and_metadata_alone_take_no_files(label: Label) -> None:
    plugins = Adding(("notes.txt", NOTES))
    told, insisting = adding(label, plugins), adding(label, AlwaysAdding(("notes.txt", NOTES)))
    release, target, itmsp = await label.release(), await label.target(), await apple(label)

    first = await told.deliver([release.id], target.id)
    refused = await insisting.deliver([release.id], itmsp.id)
    await label.retitle(release.id, "Night Drive (Remastered)")
    update = await told.deliver([release.id], target.id, metadata_only=True)
    await label.releases.take_down(release.id)
    takedown = await told.deliver([release.id], target.id)

    assert [len(each.sidecars) for each in (first, update, takedown)] == [1, 0, 0]
    assert [asked.takes_files for asked in plugins.asked] == [True, False, False]
    assert {(each.release_id, each.target_id) for each in plugins.asked} == {(release.id, target.id)}
    assert refused.status is Status.NEEDS_ATTENTION
    assert refused.error is not None
    assert refused.error.code == "SIDECARS_NOT_TAKEN"
    assert "the choreography itmsp has no place for files that no message names: notes.txt" in refused.error.message


async def test_a_delivery_by_a_person_takes_no_files(label: Label) -> None:
    label = adding(label, AlwaysAdding(("notes.txt", NOTES)))

    _, _, delivery = await pending(label)

    assert delivery.error is not None
    assert delivery.error.message == "SIDECARS_NOT_TAKEN: a person carries the delivery out: notes.txt of plugin notes"


async def test_a_choreography_that_forgets_files_of_plugins_sends_nothing(label: Label) -> None:
    class Forgetful(type(label.scope.plugins.choreographies["flat"])):  # type: ignore[misc]
        key = "forgetful"

        def files_of(self, place: Any) -> Any:
            yield from place.resources(self.folders)

    choreographies = {**label.scope.plugins.choreographies, "forgetful": Forgetful()}
    scope = with_registry(label.scope, choreographies=choreographies, before_delivery=Adding(("notes.txt", NOTES)))
    label = Label(scope, label.folder)
    release, target = await label.release(), await label.target(choreography="forgetful")

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert delivery.error.code == "SIDECARS_NOT_TAKEN"
    assert label.files() == []


async def test_a_kept_file_that_was_damaged_is_made_anew_by_a_retry(label: Label) -> None:
    clock, line = FixedClock(), HookedTransport(before=break_at_the_marker)
    label = Label(with_transport(label.scope, line), label.folder).with_scope(clock=clock)
    label = adding(label, Adding(("notes.txt", NOTES)))
    release, target = await label.release(), await label.target(transport="hooked")
    first = await label.deliver([release.id], target.id)
    line.before = pass_on
    await label.scope.objects.put(first.sidecars[0].key, NOTES.upper())
    clock.advance(600)

    stopped = await label.work(first)
    healed = await label.work(await label.deliveries.retry(first.id))

    assert stopped.status is Status.NEEDS_ATTENTION
    assert stopped.error is not None
    assert stopped.error.code == "SIDECAR_CORRUPTED"
    assert (healed.status, healed.error) == (Status.DISTRIBUTED, None)
    assert NOTES in sent(label.folder, healed.batch_id).values()


async def test_files_of_plugins_are_part_of_a_package_that_travels_whole(label: Label, tmp_path: Path) -> None:
    label = adding(label, Adding(("notes.txt", NOTES)))
    release = await label.release()
    async with http_receiver(tmp_path / "api") as api:
        api.accepts = {"Bearer open-sesame"}
        settings = {"address": api.packages_address, "allow_plain": True, "authentication": "bearer"}
        secrets = {"token": SecretStr("open-sesame")}
        target = await label.target(transport="http-multipart", settings=settings, secrets=secrets)

        delivery = await label.deliver([release.id], target.id)

    (package,) = api.inbox.taken
    path = f"{delivery.batch_id}/Release1/sidecars/{release.icpn}_notes.txt"
    assert delivery.status is Status.DISTRIBUTED
    assert package.files[path] == hashlib.sha256(NOTES).hexdigest()
