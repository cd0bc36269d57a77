"""Reads drafts: from text as people wrote it to the values of the catalogue, with every fault found on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from distro_core.catalogue import enrichment, offers, structure
from distro_core.catalogue.drafts import (
    ArtistDraft,
    ContributorDraft,
    GenreDraft,
    ImageDraft,
    PartyReference,
    PreviewDraft,
    ReleaseChanges,
    TrackChanges,
)
from distro_core.catalogue.identifiers import check_grid, check_icpn, check_isrc, check_iswc
from distro_core.catalogue.lines import C_SIGN, P_SIGN, read_line
from distro_core.catalogue.lookup import label_reference
from distro_core.catalogue.reading import FieldReader, Reading
from distro_core.catalogue.vocabulary import (
    check_date,
    check_language,
    check_role,
    check_seconds,
    check_word,
)
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.catalogue import (
    ArtistRole,
    Contributor,
    DisplayArtist,
    Genre,
    ImageType,
    ParentalWarning,
    Preview,
    ReleaseImage,
    ReleaseType,
    ResourceType,
    VideoType,
)
from distro_sdk.models.commerce import Territories

LONGEST_TITLE: Final = 500
LONGEST_NAME: Final = 255
LONGEST_CODE: Final = 50
MOST_DISCS: Final = 99


def read_release(reading: Reading, changes: ReleaseChanges, path: Path = ()) -> dict[str, Any]:
    """The given fields of a release by their names in the document; faults are noted in `reading`."""
    given = changes.model_fields_set
    fields = _read(reading, {name: getattr(changes, name) for name in given}, _RELEASE_READERS, path)
    if "type" in given:
        fields["type_chosen"] = changes.type is not None
        if changes.type is None:
            del fields["type"]
    if given & {"label", "label_party_id"}:
        label = label_reference(changes)
        party = reading.lookup.party(label) if label else None
        fields["label_party_id"] = party.id if party else None
    return fields


def read_track(reading: Reading, changes: TrackChanges, path: Path = ()) -> dict[str, Any]:
    """The given fields of a track by their names in the document; faults are noted in `reading`."""
    given = {name: getattr(changes, name) for name in changes.model_fields_set}
    fields = _read(reading, given, _TRACK_READERS, path)
    if "parental_warning" in fields and fields["parental_warning"] is None:
        fields["parental_warning"] = ParentalWarning.NOT_EXPLICIT
    return fields


def _read(reading: Reading, given: Mapping[str, Any], readers: Mapping[str, FieldReader], path: Path) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, reader in readers.items():
        if name not in given:
            continue
        value = given[name]
        if value is None or value in ("", ()):
            if name == "title":
                reading.fault("TITLE_MISSING", "a title cannot be empty", (*path, name))
            if name == "disc_number":
                reading.fault("DISC_NUMBER_INVALID", "a disc number cannot be empty", (*path, name))
            fields[name] = _CLEARED.get(name)
        else:
            fields[name] = reader(reading, value, (*path, name))
    return fields


def _text(limit: int) -> FieldReader:
    return lambda reading, value, path: reading.text(value, path, limit)


def _checked(check: Callable[[Any, Path], Any]) -> FieldReader:
    return lambda reading, value, path: reading.take(check, value, path)


def _as_given(_reading: Reading, value: Any, _path: Path) -> Any:
    return value


def _type(value: str, path: Path) -> ReleaseType:
    return check_word(value, ReleaseType, "RELEASE_TYPE_UNKNOWN", path)


def _parental_warning(value: str, path: Path) -> ParentalWarning:
    return check_word(value, ParentalWarning, "PARENTAL_WARNING_UNKNOWN", path)


def _artist_role(value: str, path: Path) -> ArtistRole:
    return check_word(value, ArtistRole, "ARTIST_ROLE_UNKNOWN", path)


def _image_type(value: str, path: Path) -> ImageType:
    return check_word(value, ImageType, "IMAGE_TYPE_UNKNOWN", path)


def _resource_type(value: str, path: Path) -> ResourceType:
    return check_word(value, ResourceType, "RESOURCE_TYPE_UNKNOWN", path)


def _video_type(value: str, path: Path) -> VideoType:
    return check_word(value, VideoType, "VIDEO_TYPE_UNKNOWN", path)


def _disc_number(value: int, path: Path) -> int:
    if not 1 <= value <= MOST_DISCS:
        raise DomainError("DISC_NUMBER_INVALID", f"{value} is not a disc number from 1 to {MOST_DISCS}", path)
    return value


def _party_id(reading: Reading, reference: PartyReference) -> str | None:
    party = reading.lookup.party(reference)
    return party.id if party else None


def _artists(reading: Reading, drafts: tuple[ArtistDraft, ...], path: Path) -> tuple[DisplayArtist, ...]:
    artists: dict[str, DisplayArtist] = {}
    for place, draft in enumerate(drafts):
        role = reading.take(_artist_role, draft.role, (*path, place, "role"))
        party_id = _party_id(reading, draft)
        if role is None or party_id is None:
            continue
        if party_id in artists:
            reading.fault("ARTIST_REPEATED", "this artist stands further up already", (*path, place))
        artists[party_id] = DisplayArtist(party_id=party_id, role=role)
    return tuple(artists.values())


def _contributors(reading: Reading, drafts: tuple[ContributorDraft, ...], path: Path) -> tuple[Contributor, ...]:
    roles: dict[str, dict[Any, None]] = {}
    instruments: dict[str, dict[str, None]] = {}
    for place, draft in enumerate(drafts):
        if not draft.roles:
            reading.fault("ROLE_MISSING", "a contributor needs at least one role", (*path, place, "roles"))
        read = [reading.take(check_role, role, (*path, place, "roles", n)) for n, role in enumerate(draft.roles)]
        played = [reading.text(name, (*path, place, "instruments", n), 100) for n, name in enumerate(draft.instruments)]
        party_id = _party_id(reading, draft)
        if party_id is not None:
            roles.setdefault(party_id, {}).update(dict.fromkeys(role for role in read if role))
            instruments.setdefault(party_id, {}).update(dict.fromkeys(name for name in played if name))
    return tuple(
        Contributor(party_id=party_id, roles=tuple(done), instruments=tuple(instruments[party_id]))
        for party_id, done in roles.items()
        if done
    )


def _genre(reading: Reading, draft: GenreDraft, path: Path) -> Genre | None:
    if not draft.name:
        reading.fault("GENRE_NAME_MISSING", "a genre needs a name", (*path, "name"))
    fields = {
        name: reading.text(value, (*path, name), LONGEST_NAME)
        for name in ("name", "code", "subgenre_name", "subgenre_code")
        if (value := getattr(draft, name))
    }
    return reading.build(Genre, path, **fields)


def _preview(reading: Reading, draft: PreviewDraft, path: Path) -> Preview | None:
    start = reading.take(check_seconds, draft.start_time, (*path, "start_time"))
    duration = reading.take(check_seconds, draft.duration, (*path, "duration"))
    if duration is not None and not duration:
        reading.fault("PREVIEW_EMPTY", "a preview lasts longer than nothing", (*path, "duration"))
    return reading.build(Preview, path, start_time=start, duration=duration)


def _images(reading: Reading, drafts: tuple[ImageDraft, ...], path: Path) -> tuple[ReleaseImage, ...]:
    images: list[ReleaseImage | None] = []
    for place, draft in enumerate(drafts):
        kind = reading.take(_image_type, draft.type, (*path, place, "type"))
        images.append(reading.build(ReleaseImage, (*path, place), asset_id=draft.asset_id, type=kind))
    return tuple(image for image in images if image)


_CLEARED: Final[dict[str, Any]] = {
    "display_artist": "",
    "artists": (),
    "contributors": (),
    "images": (),
    "document_asset_ids": (),
    "territories": Territories(),
    "territory_groups": (),
    "components": (),
    "works": (),
    "translations": (),
    "cues": (),
    "instrumental": False,
    "resource_type": ResourceType.SOUND_RECORDING,
    "video_type": VideoType.SHORT_FORM,
}
_RELEASE_READERS: Final[dict[str, FieldReader]] = {
    "title": _text(LONGEST_TITLE),
    "version": _text(LONGEST_NAME),
    "type": _checked(_type),
    "display_artist": _text(LONGEST_NAME),
    "artists": _artists,
    "contributors": _contributors,
    "icpn": _checked(check_icpn),
    "grid": _checked(check_grid),
    "catalog_number": _text(LONGEST_CODE),
    "language": _checked(check_language),
    "genre": _genre,
    "parental_warning": _checked(_parental_warning),
    "release_date": _checked(check_date),
    "original_release_date": _checked(check_date),
    "p_line": read_line(P_SIGN),
    "c_line": read_line(C_SIGN),
    "territories": offers.read_territories,
    "rights": offers.read_rights,
    "territory_groups": offers.read_territory_groups,
    "pre_order_date": _checked(check_date),
    "visibility": offers.read_visibility,
    "components": structure.read_components,
    "works": structure.read_works,
    "translations": structure.read_translations,
    "images": _images,
    "booklet_asset_id": _as_given,
    "document_asset_ids": _as_given,
    "enrichment": enrichment.read_enrichment,
}
_TRACK_READERS: Final[dict[str, FieldReader]] = {
    "title": _text(LONGEST_TITLE),
    "version": _text(LONGEST_NAME),
    "disc_number": _checked(_disc_number),
    "isrc": _checked(check_isrc),
    "iswc": _checked(check_iswc),
    "display_artist": _text(LONGEST_NAME),
    "artists": _artists,
    "contributors": _contributors,
    "genre": _genre,
    "language": _checked(check_language),
    "parental_warning": _checked(_parental_warning),
    "instrumental": _as_given,
    "preview": _preview,
    "p_line": read_line(P_SIGN),
    "c_line": read_line(C_SIGN),
    "first_publication_date": _checked(check_date),
    "instant_gratification_date": _checked(check_date),
    "translations": structure.read_translations,
    "resource_type": _checked(_resource_type),
    "audio_asset_id": _as_given,
    "immersive": structure.read_immersive,
    "video_type": _checked(_video_type),
    "video_asset_id": _as_given,
    "screen_capture_asset_id": _as_given,
    "cues": structure.read_cues,
    "enrichment": enrichment.read_track_enrichment,
}
