"""Reads the inner structure of releases and tracks: translations, box sets, works, immersive twins, cues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from distro_core.catalogue.drafts import (
    ComponentDraft,
    CueDraft,
    ImmersiveDraft,
    RightsLineDraft,
    TranslationDraft,
    WorkDraft,
)
from distro_core.catalogue.identifiers import check_grid, check_icpn, check_isrc, check_iswc
from distro_core.catalogue.lines import C_SIGN, P_SIGN, read_line
from distro_core.catalogue.reading import Reading
from distro_core.catalogue.vocabulary import check_language, check_seconds
from distro_sdk.errors import Path
from distro_sdk.models.catalogue import ImmersiveEdition, TitleTranslation
from distro_sdk.models.structure import Cue, MusicalWork, ReleaseComponent

LONGEST_TITLE: Final = 500
LONGEST_NAME: Final = 255
LONGEST_NUMBER: Final = 100


def read_translations(
    reading: Reading, drafts: tuple[TranslationDraft, ...], path: Path
) -> tuple[TitleTranslation, ...]:
    """Titles in other languages, one for each; faults are noted in `reading`."""
    translations: dict[str, TitleTranslation] = {}
    for place, draft in enumerate(drafts):
        where = (*path, place)
        language = reading.take(check_language, draft.language, (*where, "language"))
        title = reading.text(draft.title, (*where, "title"), LONGEST_TITLE)
        version = reading.text(draft.version, (*where, "version"), LONGEST_NAME) if draft.version else None
        if language in translations:
            reading.fault("LANGUAGE_REPEATED", f"there is another title in {language}", (*where, "language"))
        elif language and title:
            translations[language] = TitleTranslation(language=language, title=title, version=version)
        elif not draft.title:
            reading.fault("TITLE_MISSING", "a translated title cannot be empty", (*where, "title"))
    return tuple(translations.values())


def read_immersive(reading: Reading, draft: ImmersiveDraft, path: Path) -> ImmersiveEdition | None:
    """The immersive twin of a recording; faults are noted in `reading`."""
    isrc = reading.take(check_isrc, draft.isrc, (*path, "isrc"))
    return reading.build(ImmersiveEdition, path, isrc=isrc, audio_asset_id=draft.audio_asset_id)


def read_components(reading: Reading, drafts: tuple[ComponentDraft, ...], path: Path) -> tuple[ReleaseComponent, ...]:
    """The releases of a box set; faults are noted in `reading`."""
    read = []
    for place, draft in enumerate(drafts):
        where = (*path, place)
        read.append(
            reading.build(
                ReleaseComponent,
                where,
                title=reading.text(draft.title, (*where, "title"), LONGEST_TITLE),
                icpn=_optional(reading, check_icpn, draft.icpn, (*where, "icpn")),
                grid=_optional(reading, check_grid, draft.grid, (*where, "grid")),
                disc_numbers=draft.disc_numbers,
            )
        )
    return tuple(component for component in read if component)


def read_works(reading: Reading, drafts: tuple[WorkDraft, ...], path: Path) -> tuple[MusicalWork, ...]:
    """Works of several parts, whose tracks are named by id or by number; faults are noted in `reading`."""
    read = []
    for place, draft in enumerate(drafts):
        where = (*path, place)
        read.append(
            reading.build(
                MusicalWork,
                where,
                title=reading.text(draft.title, (*where, "title"), LONGEST_TITLE),
                track_ids=_own_tracks(reading, draft, where) or _numbered(reading, draft, where),
                opus_number=_code(reading, draft.opus_number, (*where, "opus_number")),
                composer_catalog_number=_code(
                    reading, draft.composer_catalog_number, (*where, "composer_catalog_number")
                ),
            )
        )
    return tuple(work for work in read if work)


def read_cues(reading: Reading, drafts: tuple[CueDraft, ...], path: Path) -> tuple[Cue, ...]:
    """What is heard in a long video; faults are noted in `reading`."""
    read = []
    for place, draft in enumerate(drafts):
        where = (*path, place)
        artist = draft.display_artist
        read.append(
            reading.build(
                Cue,
                where,
                title=reading.text(draft.title, (*where, "title"), LONGEST_TITLE),
                start_time=reading.take(check_seconds, draft.start_time, (*where, "start_time")),
                duration=reading.take(check_seconds, draft.duration, (*where, "duration")),
                isrc=_optional(reading, check_isrc, draft.isrc, (*where, "isrc")),
                iswc=_optional(reading, check_iswc, draft.iswc, (*where, "iswc")),
                display_artist=reading.text(artist, (*where, "display_artist"), LONGEST_NAME) if artist else None,
                p_line=_line(reading, P_SIGN, draft.p_line, (*where, "p_line")),
                c_line=_line(reading, C_SIGN, draft.c_line, (*where, "c_line")),
            )
        )
    return tuple(cue for cue in read if cue)


def _own_tracks(reading: Reading, draft: WorkDraft, path: Path) -> tuple[str, ...]:
    for place, track_id in enumerate(draft.track_ids):
        if track_id not in reading.track_ids:
            message = f"the release has no track with id {track_id}"
            reading.fault("NOT_FOUND", message, (*path, "track_ids", place))
    return draft.track_ids


def _numbered(reading: Reading, draft: WorkDraft, path: Path) -> tuple[str, ...]:
    ids = []
    for place, number in enumerate(draft.track_numbers):
        if 1 <= number <= len(reading.track_ids):
            ids.append(reading.track_ids[number - 1])
        else:
            message = f"the release has no track number {number}"
            reading.fault("TRACK_NUMBER_UNKNOWN", message, (*path, "track_numbers", place))
    return tuple(ids)


def _optional(reading: Reading, check: Callable[[Any, Path], Any], value: str | None, path: Path) -> Any:
    return reading.take(check, value, path) if value else None


def _line(reading: Reading, sign: str, draft: RightsLineDraft | None, path: Path) -> Any:
    return read_line(sign)(reading, draft, path) if draft else None


def _code(reading: Reading, value: str | None, path: Path) -> str | None:
    return reading.text(value, path, LONGEST_NUMBER) if value else None
