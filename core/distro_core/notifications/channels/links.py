"""Where people read more of what they are told."""

from __future__ import annotations

import base64

from distro_core.notifications.documents import NotificationDocument

ADMIN = "/admin/"
PAGES = (
    ("delivery_id", "Delivery", "deliveries"),
    ("release_id", "Release", "releases"),
    ("target_id", "Target", "targets"),
)
"""What a notification may be about, the most telling first: its field, its kind, and where its pages lie."""


def page_of(notification: NotificationDocument) -> str:
    """The path of the page of the admin interface about a notification; pages are named by the API's global ids."""
    for field, kind, folder in PAGES:
        if (id := getattr(notification, field)) is not None:
            return f"{ADMIN}{folder}/{base64.urlsafe_b64encode(f'{kind}:{id}'.encode()).decode().rstrip('=')}"
    return ADMIN
