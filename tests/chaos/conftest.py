"""The same label and folder as for deliveries."""

from __future__ import annotations

from tests.delivery.conftest import label, receiver_folder

__all__ = ["label", "receiver_folder"]
