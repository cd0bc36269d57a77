"""The fields that plugins have added to releases and tracks, set by people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.editing import Edited, ReleaseEditor, revision_conflict
from distro_core.catalogue.statuses import check_editable
from distro_core.catalogue.tracks import TrackService, place_of
from distro_core.scope import Scope
from distro_sdk.models.catalogue import Extensions

Values = Mapping[str, Any] | None
"""As they are stored; None for none."""


class ExtensionService:
    """Sets what one plugin keeps with releases and tracks of one tenant. Values were checked before."""

    def __init__(self, scope: Scope, plugin: str) -> None:
        self._plugin = plugin
        self._editor = ReleaseEditor(scope)
        self._tracks = TrackService(scope)

    async def set_release(self, release_id: str, values: Values, revision: int | None = None) -> ReleaseDocument:
        """Set the fields of a release; raises NOT_FOUND, REVISION_CONFLICT or RELEASE_ARCHIVED."""

        async def change(release: ReleaseDocument) -> Edited:
            check_editable(release.status)
            return Edited(release.model_copy(update={"extensions": self._changed(release.extensions, values)}))

        return await self._editor.edit(release_id, change, revision=revision)

    async def set_track(self, track_id: str, values: Values, revision: int | None = None) -> ReleaseDocument:
        """Set the fields of a track and return its release. `revision`: the track's; raises as `set_release` does."""
        owner, _ = await self._tracks.get(track_id)

        async def change(release: ReleaseDocument) -> Edited:
            check_editable(release.status)
            place = place_of(release, track_id)
            before = release.tracks[place]
            if revision is not None and before.revision != revision:
                raise revision_conflict(revision, before.revision)
            extensions = self._changed(before.extensions, values)
            if extensions == before.extensions:
                return Edited(release)
            after = before.model_copy(update={"extensions": extensions, "revision": before.revision + 1})
            tracks = (*release.tracks[:place], after, *release.tracks[place + 1 :])
            return Edited(release.model_copy(update={"tracks": tracks}))

        return await self._editor.edit(owner.id, change)

    def _changed(self, before: Extensions, values: Values) -> Extensions:
        others = {plugin: kept for plugin, kept in before.items() if plugin != self._plugin}
        return others if values is None else {**others, self._plugin: values}
