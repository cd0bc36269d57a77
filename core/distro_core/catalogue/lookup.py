"""What a draft refers to: parties by id or name, assets by id, fetched in a few calls before the draft is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import PartyDocument
from distro_core.catalogue.drafts import PartyDraft, PartyReference, ReleaseChanges, ReleaseDraft, TrackChanges
from distro_core.catalogue.parties import choose_party, read_party
from distro_core.catalogue.search import fold
from distro_core.store.stores import TenantStore
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import ArtistRole, DisplayArtist

IDENTIFIERS: Final[tuple[str, ...]] = ("isni", "ipi")
LABEL: Final[Path] = ("label",)

PartyKey = tuple[str | None, str | None, str | None, str | None]


_OF_A_TRACK = {
    "audio_asset_id": AssetKind.AUDIO,
    "video_asset_id": AssetKind.VIDEO,
    "screen_capture_asset_id": AssetKind.IMAGE,
}


@dataclass(frozen=True)
class AssetUse:
    """An asset that a draft names, and what it must be."""

    asset_id: str
    kind: AssetKind
    path: Path


@dataclass
class Lookup:
    """What was found. `fresh`: parties that have to be stored with the draft; `completed`: identifiers that known
    parties lack; `faults`: what is not there.
    """

    parties: dict[PartyKey, PartyDocument] = field(default_factory=dict)
    assets: dict[str, AssetDocument] = field(default_factory=dict)
    fresh: list[PartyDocument] = field(default_factory=list)
    completed: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[DomainError] = field(default_factory=list)

    def party(self, reference: PartyReference) -> PartyDocument | None:
        """The party that is meant, or None where a fault says why there is none."""
        return self.parties.get(_key(reference))

    def describe(self, drafts: Sequence[PartyDraft]) -> None:
        """Give fresh parties everything that drafts of the same name, ISNI and IPI tell; notes what is wrong."""
        for draft in drafts:
            try:
                told = read_party(draft)
            except DomainErrors as faults:
                self.faults += [DomainError(f.code, f"{draft.name}: {f.message}") for f in faults.errors]
                continue
            for place, party in enumerate(self.fresh):
                if all(getattr(party, kind) == told.get(kind) for kind in ("name", *IDENTIFIERS)):
                    self.fresh[place] = party.model_copy(update=told)

    def shown_as(self, artists: Sequence[DisplayArtist]) -> str:
        """The names of artists as one line: `A, B & C feat. D`."""
        names = {party.id: party.name for party in self.parties.values()}
        featured = [names[artist.party_id] for artist in artists if artist.role is ArtistRole.FEATURED_ARTIST]
        main = [names[artist.party_id] for artist in artists if artist.role is not ArtistRole.FEATURED_ARTIST]
        return " feat. ".join(line for line in (_listed(main), _listed(featured)) if line)


async def look_up(
    store: TenantStore, changes: ReleaseChanges | TrackChanges, *, known: Sequence[PartyDocument] = ()
) -> Lookup:
    """Everything that changes or a draft refer to; writes nothing. `known`: parties that are about to be stored."""
    lookup = Lookup()
    await _look_up_parties(store, lookup, list(_references(changes)), {party.id: party for party in known})
    await _look_up_assets(store, lookup, list(_asset_uses(changes)))
    return lookup


async def _look_up_parties(
    store: TenantStore,
    lookup: Lookup,
    references: list[tuple[PartyReference, Path]],
    known: Mapping[str, PartyDocument],
) -> None:
    ids = {reference.party_id for reference, _ in references if reference.party_id}
    by_id = {**await store.collection(PartyDocument).get_many(ids - known.keys()), **known}
    named: list[tuple[PartyReference, dict[str, str]]] = []
    for reference, path in references:
        if reference.party_id:
            if party := by_id.get(reference.party_id):
                lookup.parties[_key(reference)] = party
            else:
                message = f"there is no party with id {reference.party_id}"
                place = ("label_party_id",) if path == LABEL else (*path, "party_id")
                lookup.faults.append(DomainError("NOT_FOUND", message, place))
        elif (fields := _read_name(lookup, reference, path)) is not None:
            named.append((reference, fields))
    candidates = await _by_names(store, [fields for _, fields in named])
    for reference, fields in named:
        lookup.parties[_key(reference)] = _settle(lookup, candidates, fields)


def _read_name(lookup: Lookup, reference: PartyReference, path: Path) -> dict[str, str] | None:
    if not reference.name:
        lookup.faults.append(DomainError("PARTY_MISSING", "a party is given by party_id or by name", path))
        return None
    given = {kind: value for kind in ("name", *IDENTIFIERS) if (value := getattr(reference, kind))}
    try:
        return read_party(PartyDraft.model_validate(given), path)
    except DomainErrors as faults:
        # The label's name is a field of the release itself.
        lookup.faults += [DomainError(f.code, f.message, LABEL) if path == LABEL else f for f in faults.errors]
        return None


async def _by_names(store: TenantStore, wanted: list[dict[str, str]]) -> list[PartyDocument]:
    if not wanted:
        return []
    ways: list[dict[str, object]] = [{"name_key": {"$in": sorted({fold(fields["name"]) for fields in wanted})}}]
    for kind in IDENTIFIERS:
        values = sorted({fields[kind] for fields in wanted if kind in fields})
        ways += [{kind: {"$in": values}}] if values else []
    return await store.collection(PartyDocument).list({"$or": ways}, limit=10_000)


def _settle(lookup: Lookup, known: list[PartyDocument], fields: dict[str, str]) -> PartyDocument:
    wanted = {kind: fields[kind] for kind in IDENTIFIERS if kind in fields}
    party = choose_party(known, fields["name"], wanted)
    if party is None:
        found_by = "|".join([fold(fields["name"]), *sorted(wanted.values())])
        party = PartyDocument.model_validate({**fields, "name_key": fold(fields["name"]), "found_by": found_by})
        known.append(party)
        lookup.fresh.append(party)
    elif missing := {kind: value for kind, value in wanted.items() if getattr(party, kind) is None}:
        completed = party.model_copy(update=missing)
        known[known.index(party)] = completed
        if party in lookup.fresh:
            lookup.fresh[lookup.fresh.index(party)] = completed
        else:
            lookup.completed[party.id] = {**lookup.completed.get(party.id, {}), **missing}
        party = completed
    return party


async def _look_up_assets(store: TenantStore, lookup: Lookup, uses: list[AssetUse]) -> None:
    lookup.assets = await store.collection(AssetDocument).get_many(use.asset_id for use in uses)
    for use in uses:
        asset = lookup.assets.get(use.asset_id)
        if asset is None:
            message = f"there is no asset with id {use.asset_id}"
            lookup.faults.append(DomainError("NOT_FOUND", message, use.path))
        elif asset.kind is not use.kind:
            message = f"asset {use.asset_id} is {asset.kind.value}, not {use.kind.value}"
            lookup.faults.append(DomainError("ASSET_KIND_WRONG", message, use.path))


def _references(changes: ReleaseChanges | TrackChanges) -> Iterator[tuple[PartyReference, Path]]:
    for place, artist in enumerate(changes.artists or ()):
        yield artist, ("artists", place)
    for place, contributor in enumerate(changes.contributors or ()):
        yield contributor, ("contributors", place)
    if isinstance(changes, ReleaseChanges):
        if label := label_reference(changes):
            yield label, LABEL
        for track, path in _tracks(changes):
            yield from _below(path, _references(track))


def _asset_uses(changes: ReleaseChanges | TrackChanges) -> Iterator[AssetUse]:
    if isinstance(changes, TrackChanges):
        for name, kind in _OF_A_TRACK.items():
            if asset_id := getattr(changes, name):
                yield AssetUse(asset_id, kind, (name,))
        if changes.immersive:
            yield AssetUse(changes.immersive.audio_asset_id, AssetKind.AUDIO, ("immersive", "audio_asset_id"))
        return
    for place, image in enumerate(changes.images or ()):
        yield AssetUse(image.asset_id, AssetKind.IMAGE, ("images", place, "asset_id"))
    if changes.booklet_asset_id:
        yield AssetUse(changes.booklet_asset_id, AssetKind.DOCUMENT, ("booklet_asset_id",))
    for place, asset_id in enumerate(changes.document_asset_ids or ()):
        yield AssetUse(asset_id, AssetKind.DOCUMENT, ("document_asset_ids", place))
    for track, path in _tracks(changes):
        for use in _asset_uses(track):
            yield AssetUse(use.asset_id, use.kind, (*path, *use.path))


def _tracks(changes: ReleaseChanges) -> Iterator[tuple[TrackChanges, Path]]:
    if isinstance(changes, ReleaseDraft):
        for place, track in enumerate(changes.tracks):
            yield track, ("tracks", place)


def _below(above: Path, references: Iterable[tuple[PartyReference, Path]]) -> Iterator[tuple[PartyReference, Path]]:
    return ((reference, (*above, *path)) for reference, path in references)


def label_reference(changes: ReleaseChanges) -> PartyReference | None:
    """The party that changes give as the label, or None."""
    if changes.label_party_id:
        return PartyReference(party_id=changes.label_party_id)
    return PartyReference(name=changes.label) if changes.label else None


def _key(reference: PartyReference) -> PartyKey:
    return reference.party_id, reference.name, reference.isni, reference.ipi


def _listed(names: Sequence[str]) -> str:
    return " & ".join(part for part in (", ".join(names[:-1]), "".join(names[-1:])) if part)
