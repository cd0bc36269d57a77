"""Plugins add fields to releases and tracks: kept with them, shown to tenants with the plugin, gone with a purge."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from pydantic import BaseModel, Field, create_model

from distro_api.graphql.ids import local_id
from distro_core.catalogue.drafts import ReleaseDraft
from distro_core.catalogue.extensions import ExtensionService
from distro_core.catalogue.releases import ReleaseService
from distro_core.identity.documents import Role, TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.registry import Registries
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.errors import DomainError, PluginError, SetupFailure
from distro_sdk.graphql import ExtendedModel, GraphQLApi, ModelExtension
from distro_sdk.models.catalogue import Release
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessagePlan
from distro_sdk.plugin import Plugin, PluginContext
from tests.api.client import Client
from tests.api.conftest import hire, serve_api
from tests.api.conftest import http as http  # noqa: PLC0414 (a fixture)
from tests.api.world import build_world
from tests.delivery.label import Label
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, open_shop
from tests.marketplace.test_uninstallation import contents
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed

DIARY = Path(__file__).resolve().parents[2] / "examples" / "release-diary" / "src" / "release_diary"

CREATE = """mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id } errors { code } } }"""
SET = """mutation($input: ReleaseDiaryReleaseUpdateInput!) { releaseDiaryReleaseUpdate(input: $input) {
  release { revision title releaseDiary { mood occasion heardOn } } errors { code message path } } }"""
READ = "query($id: ID!) { release(id: $id) { title releaseDiary { mood occasion heardOn } } }"
LIST = "{ releases(first: 10) { nodes { title releaseDiary { mood } } } }"
SLOTS = '{ uiSlots(slot: "release-page") { key plugin component document fault inputSchema } }'


def diary() -> WheelDraft:
    """The example, as a wheel of the market."""
    told = json.loads((DIARY / "plugin.json").read_text("utf-8"))
    fields = {name: value for name, value in told.items() if name not in {"id", "version", "publisher", "support"}}
    draft = WheelDraft(told["id"], told["version"], **fields)
    draft.files |= {f"release_diary/{path.name}": path.read_bytes() for path in DIARY.glob("*.py")}
    return draft


@pytest.fixture
async def shop(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    market = Market(tmp_path, now=datetime.now(UTC))
    market.offer(diary())
    market.offer(WheelDraft("beside-the-diary"))
    async with open_shop(settings, market) as opened:
        await opened.install("beside-the-diary")
        yield opened
        await empty_shop(opened)


@pytest.mark.proves("PLG-02", "PLG-03")
async def test_a_plugin_adds_a_hook_fields_of_releases_and_ui_slots_and_leaves_no_trace(
    shop: Shop, http: httpx2.AsyncClient, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    platform = shop.platform
    async with serve_api(platform, development=False) as url:
        admin, other = [await hire(platform, Client(http, url), tenant, Role.ADMIN) for tenant in (tenant_a, tenant_b)]
        made = await admin.data(CREATE, input={"title": "Night Drive"})
        id = made["releaseCreate"]["release"]["id"]
        theirs = (await other.data(CREATE, input={"title": "Waterloo"}))["releaseCreate"]["release"]["id"]
        before = await contents(platform, tenant_a)
        assert await admin.refused(READ, id=id) == "GRAPHQL_INVALID"

        # Installed and switched on, releases have the fields, and interfaces their places.
        await shop.install("release-diary")
        plugins = await shop.plugins_of(tenant_a.id)
        await plugins.enable("release-diary")
        assert (await admin.data(READ, id=id))["release"] == {"title": "Night Drive", "releaseDiary": None}
        set_ = await admin.data(SET, input={"id": id, "values": {"mood": "calm", "heardOn": "2026-11-20"}})
        shown = {"mood": "calm", "occasion": None, "heardOn": "2026-11-20"}
        assert set_["releaseDiaryReleaseUpdate"]["errors"] == []
        assert set_["releaseDiaryReleaseUpdate"]["release"]["releaseDiary"] == shown
        assert (await admin.data(LIST))["releases"]["nodes"] == [
            {"title": "Night Drive", "releaseDiary": {"mood": "calm"}}
        ]
        slots = (await admin.data(SLOTS))["uiSlots"]
        assert [(slot["key"], slot["plugin"], slot["component"], slot["fault"]) for slot in slots] == [
            ("diary-remark", "release-diary", "fields", None),
            ("diary-form", "release-diary", "form", None),
        ]
        assert (await admin.data(slots[0]["document"], id=id))["release"]["releaseDiary"] == shown
        asked = slots[1]["inputSchema"]["$defs"]["ReleaseDiaryRemarkInput"]["properties"]
        assert set(asked) == {"mood", "occasion", "heardOn"}
        filled = await admin.data(slots[1]["document"], id=id, input={"mood": "loud"})
        assert filled["releaseDiaryReleaseUpdate"]["errors"] == []
        # Its hook was called with what was set.
        pages = await platform.control.tenant(tenant_a.id, tenant_a.key).database["p_release-diary_pages"].find_one({})
        assert json.loads(pages["json"]) == {"title": "Night Drive", "times": 2, "mood": "loud"}

        # The other tenant has none of it.
        assert (await other.data(SLOTS))["uiSlots"] == []
        refused = await other.run(READ, id=theirs)
        assert refused["data"]["release"] == {"title": "Waterloo", "releaseDiary": None}
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["PLUGIN_NOT_ENABLED"]
        set_theirs = await other.data(SET, input={"id": theirs, "values": {"mood": "calm"}})
        assert set_theirs["releaseDiaryReleaseUpdate"]["errors"][0]["code"] == "PLUGIN_NOT_ENABLED"

        # Switched off they are hidden, switched on again they are back.
        await plugins.disable("release-diary")
        hidden = await admin.run(READ, id=id)
        assert hidden["data"]["release"]["releaseDiary"] is None
        assert hidden["errors"][0]["extensions"]["code"] == "PLUGIN_NOT_ENABLED"
        assert (await admin.data(SLOTS))["uiSlots"] == []
        await plugins.enable("release-diary")
        assert (await admin.data(READ, id=id))["release"]["releaseDiary"]["mood"] == "loud"

        # Uninstalled with a purge, nothing is left, and the schema is as before.
        await plugins.disable("release-diary")
        await shop.uninstall("release-diary", purge=True)
        assert await contents(platform, tenant_a) == before
        assert await admin.refused(READ, id=id) == "GRAPHQL_INVALID"
        assert (await admin.data("query($id: ID!) { release(id: $id) { title } }", id=id))["release"]["title"]


async def test_without_a_purge_the_fields_are_there_the_next_time(shop: Shop, tenant_a: TenantDocument) -> None:
    await shop.install("release-diary")
    await (await shop.plugins_of(tenant_a.id)).enable("release-diary")
    scope = await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR)
    world = await build_world(shop.platform, scope)
    await _set(shop.platform, tenant_a, local_id("Release", world.ids["Release"]), {"mood": "calm"})
    await shop.uninstall("release-diary", force=True)

    release = await ReleaseService(scope).get(local_id("Release", world.ids["Release"]))

    assert release.extensions["release-diary"]["mood"] == "calm"


async def _set(platform: Platform, tenant: TenantDocument, release_id: str, values: dict[str, Any]) -> None:
    scope = await platform.scope(tenant.id, SYSTEM_ACTOR)
    await ExtensionService(scope, "release-diary").set_release(release_id, values)


class Tempo(BaseModel):
    """How fast a track is."""

    bpm: Annotated[int | None, Field(ge=20, le=400, description="Beats per minute.")] = None
    key: Annotated[str | None, Field(description="The key that it is in.")] = None


class Rating(BaseModel):
    """What somebody thinks of a release."""

    stars: Annotated[int, Field(ge=0, le=5, description="From 0 to 5.")] = 0


class Critic(Plugin):
    """Rates releases that are stored, and tells what tracks are like in messages."""

    id = "critic"

    def register_graphql(self) -> tuple[GraphQLApi]:
        """Return fields of both."""
        extensions = (
            ModelExtension(ExtendedModel.RELEASE, "What critics say.", Rating),
            ModelExtension(ExtendedModel.TRACK, "How fast it is.", Tempo),
        )
        return (GraphQLApi("critic", "Critics.", extensions=extensions),)

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        """Rate by the title."""
        stars = len(release.title.split())
        return release.model_copy(update={"extensions": {**release.extensions, "critic": {"stars": stars}}})

    async def prepare_message(self, context: PluginContext, plan: MessagePlan) -> MessagePlan:
        """Put the tempo into titles."""
        told = [
            recording.model_copy(update={"version": f"{recording.extensions['critic']['bpm']} bpm"})
            if "critic" in recording.extensions
            else recording
            for recording in plan.sound_recordings
        ]
        release = plan.release.model_copy(update={"version": f"{plan.release.extensions['critic']['stars']} stars"})
        return plan.model_copy(update={"sound_recordings": tuple(told), "release": release})


TRACK = """mutation($input: CriticTrackUpdateInput!) { criticTrackUpdate(input: $input) {
  release { tracks { revision critic { bpm key } } critic { stars } } errors { code message path } } }"""


@pytest.fixture
async def critics(platform: Platform, settings: Settings) -> AsyncIterator[Platform]:
    sample = installed(Critic, graphql_namespace="critic")
    async with open_platform(settings, find=lambda: (*find_plugins(), sample)) as running:
        yield running


async def test_tracks_have_fields_too_with_the_limits_and_revisions_of_their_own(
    critics: Platform, http: httpx2.AsyncClient, tenant_a: TenantDocument
) -> None:
    await (await PluginsOf(critics)(tenant_a.id)).enable("critic")
    world = await build_world(critics, await critics.scope(tenant_a.id, SYSTEM_ACTOR))
    track = world.ids["Track"]
    async with serve_api(critics, development=False) as url:
        admin = await hire(critics, Client(http, url), tenant_a, Role.ADMIN)
        viewer = await hire(critics, Client(http, url), tenant_a, Role.VIEWER)

        first = (await admin.data(TRACK, input={"id": track, "values": {"bpm": 120}}))["criticTrackUpdate"]
        revision = first["release"]["tracks"][0]["revision"]
        stale = await admin.data(TRACK, input={"id": track, "values": {"bpm": 90}, "revision": revision - 1})
        slow = (await admin.data(TRACK, input={"id": track, "values": {"bpm": 2}}))["criticTrackUpdate"]
        large = (await admin.data(TRACK, input={"id": track, "values": {"key": "x" * 1100}}))["criticTrackUpdate"]

        assert first["release"]["tracks"][0]["critic"] == {"bpm": 120, "key": None}
        assert first["release"]["critic"]["stars"] > 0
        assert stale["criticTrackUpdate"]["errors"][0]["code"] == "REVISION_CONFLICT"
        assert (slow["errors"][0]["code"], slow["errors"][0]["path"]) == ("PLUGIN_INPUT_INVALID", ["values", "bpm"])
        assert (large["errors"][0]["code"], large["errors"][0]["path"]) == ("PLUGIN_DOCUMENT_INVALID", ["values"])
        assert await viewer.refused(TRACK, input={"id": track, "values": {"bpm": 90}}) == "FORBIDDEN"
        nothing = (await admin.data(TRACK, input={"id": track}))["criticTrackUpdate"]
        assert (nothing["errors"][0]["code"], nothing["errors"][0]["path"]) == ("PLUGIN_INPUT_INVALID", ["values"])
        gone = (await admin.data(TRACK, input={"id": track, "values": None}))["criticTrackUpdate"]
        assert gone["release"]["tracks"][0]["critic"] is None


async def test_what_a_hook_puts_into_the_fields_is_checked_as_well(critics: Platform, tenant_a: TenantDocument) -> None:
    await (await PluginsOf(critics)(tenant_a.id)).enable("critic")
    service = ReleaseService(await critics.scope(tenant_a.id, SYSTEM_ACTOR))
    assert (await service.create(ReleaseDraft(title="Night Drive"))).extensions == {"critic": {"stars": 2}}
    with pytest.raises(DomainError) as caught:
        await service.create(ReleaseDraft(title="one two three four five six"))

    assert caught.value.path == ("extensions", "critic")
    assert [release.title for release in (await service.page()).documents] == ["Night Drive"]


async def test_a_message_is_prepared_with_the_fields_of_the_release_and_its_tracks(
    critics: Platform, tenant_a: TenantDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    await (await PluginsOf(critics)(tenant_a.id)).enable("critic")
    label = Label(await critics.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path / "receiver")
    release = await label.release()
    await ExtensionService(label.scope, "critic").set_track(release.tracks[0].id, {"bpm": 120})

    delivery = await label.deliver([release.id], (await label.target()).id)

    assert delivery.status is DeliveryStatus.DISTRIBUTED, delivery.error
    (message,) = label.folder.rglob(f"{delivery.message_id}.xml")
    text = message.read_text("utf-8")
    assert text.count("120 bpm") >= 1
    assert "2 stars" in text


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"bpm": (int, Field(description="Beats."))}, "bpm has no default"),
        ({"bpm": (int, Field(default=0))}, "bpm is not described"),
        ({"tags": (dict[str, str], Field(default={}, description="Tags."))}, "tags is a dict"),
        ({}, "has no field"),
        ({"what": (object, Field(default=None, description="Anything."))}, "is no type that GraphQL can tell"),
    ],
)
def test_fields_that_the_platform_cannot_keep_are_refused(fields: dict[str, Any], reason: str) -> None:
    extension = ModelExtension(ExtendedModel.TRACK, "Odd.", create_model("Odd", **fields))

    assert reason in _refusal(GraphQLApi("critic", "Critics.", extensions=(extension,))).message


def test_no_plugin_takes_a_field_of_the_platform_or_extends_twice() -> None:
    extension = ModelExtension(ExtendedModel.TRACK, "How fast it is.", Tempo)

    taken = _refusal(GraphQLApi("isrc", "Codes.", extensions=(extension,)))
    twice = _refusal(GraphQLApi("critic", "Critics.", extensions=(extension, extension)))

    assert (taken.failure, taken.message) == (
        SetupFailure.KEY_TAKEN,
        "its GraphQL name Track.isrc is one of the platform's",
    )
    assert "it extends a model twice" in twice.message


def _refusal(offered: GraphQLApi) -> PluginError:
    plugin = type("Odd", (Plugin,), {"id": "odd", "register_graphql": lambda self: (offered,)})
    with pytest.raises(PluginError) as caught:
        Registries().collect(plugin())
    return caught.value
