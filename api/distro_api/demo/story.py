"""The main job, step by step: sign in, target, import, deliver, update, take down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from distro_api.demo import operations
from distro_api.demo.client import DemonstrationFailed, GraphQLClient
from distro_api.demo.report import DeliveryFacts, Facts

SENDER = {"dpid": "PADPIDA2014120301U", "name": "Northlight Records"}
RECIPIENT = {"dpid": "PADPIDA2013020802I", "name": "Conformance Receiver"}
TERMS = [
    {"commercialModel": "SubscriptionModel", "useTypes": ["OnDemandStream", "NonInteractiveStream"]},
    {"commercialModel": "AdvertisementSupportedModel", "useTypes": ["OnDemandStream"]},
    {
        "commercialModel": "PayAsYouGoModel",
        "useTypes": ["PermanentDownload"],
        "price": {"amount": "6.99", "currency": "EUR"},
    },
]
KINDS = {".wav": "audio", ".flac": "audio", ".mp3": "audio", ".jpg": "image", ".png": "image"}
FINISHED = {"live", "updated", "removed", "rejected", "failed", "needs_attention", "cancelled"}
EXPECTED = {"initial": "live", "update": "updated", "takedown": "removed"}
PATIENCE = 120.0
POLL = 0.1
UPLOADS = 4


class Story:
    """Tells the main job to an API and notes what happened."""

    def __init__(self, client: GraphQLClient, console: Console) -> None:
        self.facts = Facts()
        self._client = client
        self._console = console

    async def tell(self, email: str, password: str, receiver: Mapping[str, Any], files: Path, catalogue: Path) -> None:
        """Run every step; raises `DemonstrationFailed` where the platform did not do what it promises."""
        with self._step("sign in"):
            await self._sign_in(email, password)
        with self._step("make a target"):
            target = await self._make_target(receiver)
        with self._step("upload files"):
            assets = await self._upload(sorted(path for path in files.iterdir() if path.suffix in KINDS))
        with self._step("import catalogue"):
            releases = await self._import(catalogue, assets)
        with self._step("deliver releases"):
            await self._deliver(target, [release["id"] for release in releases])
        with self._step("deliver an update"):
            changed = await self._change_title(releases[0])
            await self._deliver(target, [changed])
        with self._step("deliver a takedown"):
            removed = await self._take_down(releases[1])
            await self._deliver(target, [removed])
        self.facts.succeeded = True

    async def _sign_in(self, email: str, password: str) -> None:
        payload = await self._client.mutate(operations.SIGN_IN, email=email, password=password)
        self._client.authenticate(payload["session"]["accessToken"])

    async def _make_target(self, receiver: Mapping[str, Any]) -> str:
        settings = {"username": receiver["user"], **{name: receiver[name] for name in ("host", "port", "host_key")}}
        payload = await self._client.mutate(
            operations.CREATE_TARGET,
            name="Conformance receiver",
            type="DSP",
            transport="sftp",
            format="ern/4.3",
            choreography="batch",
            settings=settings,
            secrets=[{"name": "password", "value": receiver["password"]}],
            sender=SENDER,
            recipient=RECIPIENT,
            commercialTerms=TERMS,
            verifyAfterUpload=True,
        )
        return str(payload["target"]["id"])

    async def _upload(self, files: Sequence[Path]) -> list[str]:
        turns = asyncio.Semaphore(UPLOADS)

        async def send(path: Path) -> str:
            async with turns:
                kind, size = KINDS[path.suffix], path.stat().st_size
                payload = await self._client.mutate(operations.CREATE_UPLOAD, kind=kind, fileName=path.name, size=size)
                answer = await self._client.upload(payload["upload"]["url"], path)
                return str(answer["asset"]["id"])

        return list(await asyncio.gather(*(send(path) for path in files)))

    async def _import(self, catalogue: Path, assets: list[str]) -> list[dict[str, Any]]:
        payload = await self._client.mutate(
            operations.CREATE_IMPORT, csv=catalogue.read_text("utf-8"), fileName=catalogue.name, assetIds=assets
        )
        async with asyncio.timeout(PATIENCE):
            done = await self._poll_import(payload["import"]["id"])
        faults = [issue for row in done["rows"]["nodes"] for issue in row["issues"]]
        if done["status"] != "completed" or faults or done["readyReleases"] != done["totalReleases"]:
            raise DemonstrationFailed(f"the import did not make every release ready: {done['statusDetails']} {faults}")
        releases: list[dict[str, Any]] = (await self._client.query(operations.LIST_RELEASES))["releases"]["nodes"]
        return sorted(releases, key=lambda release: len(release["tracks"]))

    async def _poll_import(self, import_id: str) -> dict[str, Any]:
        while True:
            found: dict[str, Any] = (await self._client.query(operations.READ_IMPORT, id=import_id))["import"]
            if found["status"] in {"completed", "failed"}:
                return found
            await asyncio.sleep(POLL)

    async def _change_title(self, release: Mapping[str, Any]) -> str:
        payload = await self._client.mutate(
            operations.CHANGE_RELEASE, id=release["id"], title=f"{release['title']} (Remastered)"
        )
        return str(payload["release"]["id"])

    async def _take_down(self, release: Mapping[str, Any]) -> str:
        payload = await self._client.mutate(operations.TAKE_DOWN, id=release["id"])
        return str(payload["release"]["id"])

    async def _deliver(self, target_id: str, release_ids: list[str]) -> None:
        started = time.monotonic()
        payload = await self._client.mutate(operations.DELIVER, targetId=target_id, releaseIds=release_ids)
        ids = [delivery["id"] for delivery in payload["deliveries"]]
        self.facts.deliveries += await asyncio.gather(*(self._follow(id, started) for id in ids))

    async def _follow(self, delivery_id: str, started: float) -> DeliveryFacts:
        seen = ""
        try:
            async with asyncio.timeout(PATIENCE):
                while seen not in FINISHED:
                    await asyncio.sleep(POLL)
                    found = (await self._client.query(operations.READ_DELIVERY, id=delivery_id))["delivery"]
                    seen = found["status"]
        except TimeoutError as error:
            raise DemonstrationFailed(f"a delivery stands at {seen} after {PATIENCE:.0f} s") from error
        if seen != EXPECTED[found["subtype"]]:
            raise DemonstrationFailed(
                f"{found['release']['title']} is {seen}: {found['statusDetails']} {found['error']}"
            )
        receipt = found["receipt"]
        return DeliveryFacts(
            release=found["release"]["title"],
            subtype=found["subtype"],
            status=seen,
            message_id=found["messageId"],
            batch_id=found["batchId"],
            files=receipt["totalFiles"],
            bytes=receipt["totalBytes"],
            seconds=time.monotonic() - started,
            receipt_id=receipt["id"],
            schema_judge=receipt["schemaJudge"] or "",
        )

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        with self._console.status(f"{name} …"):
            yield
        self.facts.timings[name] = time.monotonic() - started
        self._console.print(f"[green]✓[/green] {name} ({self.facts.timings[name]:.1f} s)")
