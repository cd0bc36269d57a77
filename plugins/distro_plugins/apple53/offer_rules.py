"""Rules about products: where something is open, from when, and that a takedown closes everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from lxml.etree import QName, _Element

from distro_plugins.apple53.findings import albums_and_tracks, all_of, finding, text_of
from distro_plugins.apple53.tables import WORLD, territories
from distro_sdk.models.validation import ValidationIssue

DATES = frozenset({"original_release_date", "sales_start_date", "stream_start_date", "preorder_sales_start_date"})
FLAGS = {"cleared_for_sale": "sales_start_date", "cleared_for_stream": "stream_start_date"}
ADVANCE = "preorder_sales_start_date"


def check_products(root: _Element) -> Iterator[ValidationIssue]:
    """Territories exist and stand once; what is open has a first day, what is closed has none (check 5)."""
    for album in all_of(root, "album"):
        if not all_of(album, "products/product"):
            yield finding("APPLE_DEALS_MISSING", "the album has no product", album)
    for holder in albums_and_tracks(root):
        products = all_of(holder, "products/product")
        times = Counter(text_of(product, "territory") for product in products)
        for product in products:
            territory = text_of(product, "territory")
            if territory not in territories():
                text = f"{territory} is neither {WORLD} nor a code of ISO 3166-1"
                yield finding("APPLE_TERRITORY_UNKNOWN", text, product)
            if times[territory] > 1:
                text = f"{territory} has {times[territory]} products"
                yield finding("APPLE_PRODUCT_DOUBLED", text, product)
            yield from _flags(product)


def check_dates(root: _Element) -> Iterator[ValidationIssue]:
    """Dates as YYYY-MM-DD (check 5)."""
    for element in root.iter("{*}*"):
        if QName(element).localname in DATES and not _is_date(element.text or ""):
            yield finding("APPLE_DATE_MALFORMED", f"{element.text} is no date as YYYY-MM-DD", element)


def check_takedown(root: _Element) -> Iterator[ValidationIssue]:
    """An album without tracks is a takedown: the world, closed, and no file (check 6, row APL-04)."""
    for album in all_of(root, "album"):
        if all_of(album, "tracks/track"):
            continue
        products = all_of(album, "products/product")
        closed = [
            product
            for product in products
            if text_of(product, "territory") == WORLD and all(text_of(product, flag) == "false" for flag in FLAGS)
        ]
        if len(products) != 1 or closed != products or any(True for _ in album.iter("{*}file_name")):
            text = f"an album without tracks closes {WORLD} for sale and stream, and names no file"
            yield finding("APPLE_TAKEDOWN_UNFIT", text, album)


def check_advance_orders(root: _Element) -> Iterator[ValidationIssue]:
    """Orders in advance are for albums that are sold and streamed, and begin before the sale."""
    ordered = False
    for product in all_of(root, "album/products/product"):
        first = text_of(product, ADVANCE)
        if not first:
            continue
        ordered = True
        if text_of(product, "cleared_for_sale") != "true" or text_of(product, "cleared_for_stream") != "true":
            text = "advance orders are not for offers of downloads alone (ITMS-4020)"
            yield finding("APPLE_PRE_ORDER_UNFIT", text, product)
        if first >= text_of(product, "sales_start_date"):
            text = f"advance orders begin on {first}, the sale on {text_of(product, 'sales_start_date')}"
            yield finding("APPLE_PRE_ORDER_LATE", text, product)
    for element in all_of(root, f"album/tracks/track/products/product/{ADVANCE}"):
        yield finding("APPLE_PRE_ORDER_UNFIT", "a single track cannot be ordered in advance", element)
    for element in all_of(root, "album/tracks/track/preorder_type"):
        if not ordered:
            text = f"{element.text} on an album that nobody can order in advance"
            yield finding("APPLE_PRE_ORDER_TYPE_ALONE", text, element)


def _flags(product: _Element) -> Iterator[ValidationIssue]:
    for flag, first in FLAGS.items():
        is_open = text_of(product, flag) == "true"
        if is_open != bool(text_of(product, first)):
            text = f"{flag} is {text_of(product, flag) or 'absent'}, {first} is {text_of(product, first) or 'absent'}"
            yield finding("APPLE_FIRST_DAY_UNFIT", text, product)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
