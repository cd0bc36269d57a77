"""Elements of Apple's metadata, and how values are written in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml.etree import SubElement, _Element

from distro_plugins.apple53.credits import Credit
from distro_plugins.apple53.products import Product
from distro_sdk.models.catalogue import TitleTranslation
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.models.planned_resources import PlannedFile

_SYMBOL = re.compile(r"^\s*(?:[℗©Ⓟ]|\([PC]\))\s*", re.IGNORECASE)


def add(parent: _Element, name: str, text: object = None, attributes: dict[str, str] | None = None) -> _Element:
    """Append a child. `text`: None leaves it empty; truth is written `true` and `false`.

    Names stand alone: the root element, which is written around them, declares their namespace as the default.
    """
    element = SubElement(parent, name, attributes or {})
    if isinstance(text, bool):
        element.text = "true" if text else "false"
    elif text is not None:
        element.text = str(text)
    return element


def add_known(parent: _Element, name: str, text: object) -> None:
    """Append a child where there is something to say."""
    if text is not None:
        add(parent, name, text)


def add_titles(parent: _Element, title: str, version: str | None, translations: Sequence[TitleTranslation]) -> None:
    """The title, its version, and both in other languages."""
    add(parent, "title", title)
    add_known(parent, "title_version", version)
    if translations:
        locales = add(parent, "locales")
        for translation in translations:
            locale = add(locales, "locale", attributes={"name": translation.language})
            add(locale, "title", translation.title)
            add_known(locale, "title_version", translation.version)


def add_line(parent: _Element, name: str, line: RightsLine | None) -> None:
    """A P-line or C-line as year and owner, without the symbol, which Apple adds."""
    if line is not None:
        text = _SYMBOL.sub("", line.text)
        add(parent, name, text if text.startswith(str(line.year)) else f"{line.year} {text}")


def add_genres(parent: _Element, genre: PlannedGenre) -> None:
    """The genre by its code, the subgenre as an entry of its own after it."""
    codes = dict.fromkeys(code for code in (genre.code, genre.subgenre_code) if code)
    if codes:
        genres = add(parent, "genres")
        for code in codes:
            add(genres, "genre", attributes={"code": code})


def add_file(parent: _Element, name: str, file: PlannedFile, attributes: dict[str, str] | None = None) -> None:
    """A file with its name, its size in bytes and its MD5."""
    element = add(parent, name, attributes=attributes)
    add(element, "file_name", file.uri)
    add(element, "size", file.size)
    add(element, "checksum", file.hashes.md5, {"type": "md5"})


def add_products(parent: _Element, products: Iterable[Product]) -> None:
    """Where the album or track is open, and from when."""
    element = add(parent, "products")
    for product in products:
        entry = add(element, "product")
        add(entry, "territory", product.territory)
        add_known(entry, "wholesale_price_tier", product.tier)
        add_known(entry, "sales_start_date", product.sales_start)
        add(entry, "cleared_for_sale", product.sales_start is not None)
        add(entry, "cleared_for_stream", product.stream_start is not None)
        add_known(entry, "stream_start_date", product.stream_start)
        add_known(entry, "preorder_sales_start_date", product.pre_order_start)


def add_artists(parent: _Element, credits: Iterable[Credit]) -> None:
    """The artists with all their roles."""
    element = add(parent, "artists")
    for credit in credits:
        artist = add(element, "artist")
        add(artist, "artist_name", credit.name)
        add_known(artist, "apple_id", credit.apple_id)
        roles = add(artist, "roles")
        for role in credit.roles:
            add(roles, "role", role)
        add(artist, "primary", credit.primary)
