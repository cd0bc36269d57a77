"""Plugins and events around a change: asked before, told after, and nothing is told that did not happen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from distro_core.catalogue.deletions import ReleaseDeletionDocument
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, TrackChanges, TrackDraft
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.tracks import TrackService
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import Release, ReleaseStatus, ReleaseType
from distro_sdk.models.events import ReleaseChanged, event_adapter
from distro_sdk.plugin import Plugin, PluginContext
from tests.unit.catalogue.examples import with_plugins


class Recorder(Plugin):
    """Remembers every release that it saw."""

    id = "recorder"

    def __init__(self) -> None:
        self.before: list[Release] = []
        self.after: list[Release] = []

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        self.before.append(release)
        return release

    async def after_release(self, context: PluginContext, release: Release) -> None:
        self.after.append(release)


class Shouter(Plugin):
    """Writes titles in capitals, and makes everything a compilation."""

    id = "shouter"

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        return release.model_copy(update={"title": release.title.upper(), "type": ReleaseType.COMPILATION})


class Censor(Plugin):
    """Refuses a word."""

    id = "censor"

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        if "forbidden" in release.title.casefold():
            raise DomainError("TITLE_FORBIDDEN", "this title cannot be", ("title",))
        return release


class Spoiler(Plugin):
    """Returns a release with an identifier that is none."""

    id = "spoiler"

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        return release.model_copy(update={"icpn": "1", "status": ReleaseStatus.READY})


async def events_of(scope: Scope, collection: str) -> list[ReleaseChanged]:
    found: list[ReleaseChanged] = []
    for raw in await scope.store.database[collection].find({}).to_list():
        for told in raw.get("outbox", ()):
            event = event_adapter.validate_python(told)
            assert isinstance(event, ReleaseChanged)
            found.append(event)
    return found


async def test_plugins_see_every_release_before_and_after_it_is_stored(label_a: Scope) -> None:
    recorder = Recorder()
    scope = with_plugins(label_a, recorder)

    release = await ReleaseService(scope).create(ReleaseDraft(title="One", display_artist="Ann"))
    await ReleaseService(scope).update(release.id, ReleaseChanges(title="Two"))
    grown = await TrackService(scope).create(release.id, TrackDraft(title="Song"))
    await TrackService(scope).update(grown.tracks[0].id, TrackChanges(title="Song"))

    assert [(seen.title, len(seen.tracks)) for seen in recorder.before] == [
        ("One", 0),
        ("Two", 0),
        ("Two", 1),
        ("Two", 1),
    ]
    assert [(seen.title, len(seen.tracks)) for seen in recorder.after] == [("One", 0), ("Two", 0), ("Two", 1)]


async def test_what_a_plugin_changes_is_what_is_stored_and_found(label_a: Scope) -> None:
    recorder = Recorder()
    scope = with_plugins(label_a, Shouter(), recorder)

    release = await ReleaseService(scope).create(ReleaseDraft(title="Low Tide", display_artist="Ann"))

    assert (release.title, release.type, release.title_key) == ("LOW TIDE", ReleaseType.COMPILATION, "low tide")
    assert [seen.title for seen in recorder.before] == ["LOW TIDE"]
    assert (await ReleaseService(label_a).get(release.id)).title == "LOW TIDE"


async def test_a_plugin_may_refuse_and_then_nothing_is_stored(label_a: Scope) -> None:
    recorder = Recorder()
    service = ReleaseService(with_plugins(label_a, Censor(), recorder))
    allowed = await service.create(ReleaseDraft(title="Allowed"))

    with pytest.raises(DomainError) as on_creation:
        await service.create(ReleaseDraft(title="Forbidden", display_artist="Ann"))
    with pytest.raises(DomainError) as on_update:
        await service.update(allowed.id, ReleaseChanges(title="Forbidden too"))

    assert on_creation.value.code == on_update.value.code == "TITLE_FORBIDDEN"
    assert [release.title for release in (await service.page()).documents] == ["Allowed"]
    assert [seen.title for seen in recorder.after] == ["Allowed"]


async def test_a_plugin_cannot_put_in_what_a_person_could_not(label_a: Scope) -> None:
    service = ReleaseService(with_plugins(label_a, Spoiler()))

    with pytest.raises(DomainErrors) as refused:
        await service.create(ReleaseDraft(title="One", display_artist="Ann", tracks=(TrackDraft(title="Song"),)))

    assert [(fault.code, fault.path) for fault in refused.value.errors] == [("ICPN_INVALID", ("icpn",))]
    assert await label_a.store.collection(PartyDocument).count({}) == 0
    assert (await service.page()).documents == []


async def test_the_plugins_of_one_tenant_see_nothing_of_another(label_a: Scope, label_b: Scope) -> None:
    recorder = Recorder()
    await ReleaseService(with_plugins(label_a, recorder)).create(ReleaseDraft(title="Ours"))
    await ReleaseService(label_b).create(ReleaseDraft(title="Theirs"))

    assert [seen.title for seen in recorder.after] == ["Ours"]


async def test_each_change_has_its_event_beside_it(label_a: Scope, label_b: Scope) -> None:
    service = ReleaseService(label_a)

    release = await service.create(ReleaseDraft(title="One", display_artist="Ann"))
    await service.update(release.id, ReleaseChanges(title="Two"))
    await service.update(release.id, ReleaseChanges(title="Two"))
    await TrackService(label_a).create(release.id, TrackDraft(title="Song"))

    told = await events_of(label_a, ReleaseDocument.collection)
    assert [(event.change, event.revision) for event in told] == [("created", 1), ("updated", 2), ("updated", 3)]
    assert {(event.tenant_id, event.release_id) for event in told} == {(label_a.tenant_id, release.id)}
    assert len({event.id for event in told}) == 3
    assert await events_of(label_b, ReleaseDocument.collection) == []


async def test_many_changes_at_once_have_one_event_each(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(ReleaseDraft(title="One", display_artist="Ann"))

    await asyncio.gather(*(TrackService(label_a).create(release.id, TrackDraft(title=f"{n}")) for n in range(10)))

    told = await events_of(label_a, ReleaseDocument.collection)
    assert [event.revision for event in told] == list(range(1, 12))


async def test_a_deletion_is_told_once_it_is_done(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(ReleaseDraft(title="One"))
    request = await service.request_deletion(release.id)
    assert await events_of(label_a, ReleaseDeletionDocument.collection) == []

    await service.delete(release.id, request.token)

    (told,) = await events_of(label_a, ReleaseDeletionDocument.collection)
    assert (told.change, told.release_id, told.revision) == ("deleted", release.id, 1)


async def test_a_refused_change_has_no_event(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(ReleaseDraft(title="One"))
    wrong: list[Any] = [
        service.update(release.id, ReleaseChanges(icpn="1")),
        service.update(release.id, ReleaseChanges(title="Two"), 7),
        service.set_status(release.id, ReleaseStatus.READY),
    ]

    for call in wrong:
        with pytest.raises(DomainError):
            await call

    assert len(await events_of(label_a, ReleaseDocument.collection)) == 1
