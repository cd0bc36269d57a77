"""Rules of Apple's Style Guide about titles and artists, as far as a message shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element

from distro_plugins.apple53.findings import albums_and_tracks, all_of, finding, text_of, warning
from distro_sdk.models.validation import ValidationIssue

GUESTS = frozenset({"Featuring", "With"})
_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_GUEST = re.compile(r"\b(feat|ft|featuring)\b\.?", re.IGNORECASE)
_GUEST_WELL = re.compile(r"\((feat\.|with) [^()]+\)")
_GUEST_NAMED = re.compile(r"\b(?:feat|ft|featuring|with)\b\.? (?P<names>[^()\[\]]+)", re.IGNORECASE)
_ADVICE = re.compile(r"(explicit|clean|dirty)( (version|edit|lyrics|mix))?", re.IGNORECASE)
_MARKETING = re.compile(
    r"\b(exclusive|official( (audio|video|music video))?|now streaming|out now|limited time|new single)\b",
    re.IGNORECASE,
)
_PRODUCER = re.compile(r"\b(prod(\.|uced)? by|prod\.)(?=\W|$)", re.IGNORECASE)
_EMOJI = re.compile("[\U0001f000-\U0001faff]|.\ufe0f")
_JOINED = re.compile(r"\S/ | /\S|//|\s\|\s")
_COMPOUND = re.compile(r",| x | vs\.? | / |;|\bfeat\b|\bft\b", re.IGNORECASE)


def check_titles(root: _Element) -> Iterator[ValidationIssue]:
    """What must not stand in titles and versions, in any language."""
    for holder in albums_and_tracks(root):
        for element in (*all_of(holder, "title"), *all_of(holder, "title_version")):
            yield from _words(element)
        for element in (*all_of(holder, "locales/locale/title"), *all_of(holder, "locales/locale/title_version")):
            yield from _words(element)
        yield from _guests(holder)
        yield from _brackets(holder)
        yield from _artist_in_title(holder)


def check_artists(root: _Element) -> Iterator[ValidationIssue]:
    """Who is primary, who is a guest, and one entry for each artist."""
    for holder in albums_and_tracks(root):
        artists = all_of(holder, "artists/artist")
        if not any(text_of(artist, "primary") == "true" for artist in artists):
            yield finding("APPLE_PRIMARY_MISSING", "no artist is primary", holder)
        named: dict[str, set[str]] = {}
        for artist in artists:
            roles = GUESTS & {role.text for role in all_of(artist, "roles/role")}
            name = text_of(artist, "artist_name")
            named.setdefault(name, set()).update(role or "" for role in roles)
            if roles and text_of(artist, "primary") == "true":
                yield finding("APPLE_GUEST_PRIMARY", f"{name} is a guest and primary", artist)
            if named[name] == GUESTS and roles:
                yield finding("APPLE_GUEST_DOUBLED", f"{name} stands as Featuring and as With", artist)
            if _COMPOUND.search(name):
                text = f"{name} looks like several artists, who are entries of their own"
                yield warning("APPLE_ARTIST_COMPOUND", text, artist)


def check_guests_of_album(root: _Element) -> Iterator[ValidationIssue]:
    """A guest on every track of several is a guest of the album as well."""
    for album in all_of(root, "album"):
        tracks = all_of(album, "tracks/track")
        if len(tracks) < 2:
            continue
        everywhere = set.intersection(*({*_guest_names(track)} for track in tracks))
        known = {text_of(artist, "artist_name") for artist in all_of(album, "artists/artist")}
        for name in sorted(everywhere - known):
            text = f"{name} is a guest on every track and does not stand on the album"
            yield warning("APPLE_GUEST_NOT_ON_ALBUM", text, album)


def check_advice(root: _Element) -> Iterator[ValidationIssue]:
    """Clean is said only of recordings of which an explicit version exists, which a message does not show."""
    for element in all_of(root, "album/tracks/track/explicit_content"):
        if element.text == "clean":
            text = "clean is for recordings of which there is an explicit version too"
            yield warning("APPLE_CLEAN_UNPROVEN", text, element)


def _words(element: _Element) -> Iterator[ValidationIssue]:
    title = element.text or ""
    bracketed = [inner.strip() for inner in _BRACKETED.findall(title)]
    parts = [*bracketed, title.strip()] if str(element.tag).endswith("title_version") else bracketed
    if any(_ADVICE.fullmatch(part) for part in parts):
        text = f"{title}: explicit and clean are told by explicit_content alone"
        yield finding("APPLE_TITLE_ADVICE", text, element)
    if _EMOJI.search(title):
        yield finding("APPLE_TITLE_EMOJI", f"{title} holds an emoji", element)
    if _PRODUCER.search(title):
        yield warning("APPLE_TITLE_PRODUCER", f"{title} names a producer, who is an artist with that role", element)
    if any(_MARKETING.search(part) for part in parts):
        yield warning("APPLE_TITLE_MARKETING", f"{title} holds words of marketing", element)
    if _JOINED.search(title):
        yield warning("APPLE_TITLES_JOINED", f"{title}: several titles are separated by ' / '", element)
    if _GUEST.search(_GUEST_WELL.sub("", title)):
        text = f"{title}: a guest stands as (feat. Name) or (with Name), in lower case"
        yield warning("APPLE_TITLE_GUEST_FORM", text, element)


def _guests(holder: _Element) -> Iterator[ValidationIssue]:
    """Apple adds guests to titles by itself: one that stands there already would stand there twice."""
    guests = _guest_names(holder)
    for element in all_of(holder, "title"):
        named = " ".join(match["names"] for match in _GUEST_NAMED.finditer(element.text or "")).lower()
        for guest in guests:
            if guest.lower() in named:
                text = f"{element.text}: {guest} is a guest already, so Apple would name him twice"
                yield finding("APPLE_TITLE_REPEATS_GUEST", text, element)


def _brackets(holder: _Element) -> Iterator[ValidationIssue]:
    for element in all_of(holder, "title"):
        groups = re.findall(r"[(\[]", _GUEST_WELL.sub("", element.text or ""))
        if groups and groups != ["(", *["["] * (len(groups) - 1)]:
            text = f"{element.text}: the first version stands in parentheses, further ones in brackets"
            yield warning("APPLE_VERSION_BRACKETS", text, element)
    for element in all_of(holder, "title_version"):
        if (element.text or "").startswith(("(", "[")):
            text = f"{element.text}: Apple adds the brackets around a version"
            yield warning("APPLE_VERSION_BRACKETS", text, element)


def _artist_in_title(holder: _Element) -> Iterator[ValidationIssue]:
    names = [text_of(artist, "artist_name") for artist in all_of(holder, "artists/artist")]
    for element in all_of(holder, "title"):
        title = element.text or ""
        for name in filter(None, names):
            if re.match(rf"{re.escape(name)}\s*[-–—:]\s", title, re.IGNORECASE):
                yield warning("APPLE_TITLE_ARTIST", f"{title} begins with the artist's name", element)
                break


def _guest_names(holder: _Element) -> list[str]:
    return [
        text_of(artist, "artist_name")
        for artist in all_of(holder, "artists/artist")
        if GUESTS & {role.text for role in all_of(artist, "roles/role")}
    ]
