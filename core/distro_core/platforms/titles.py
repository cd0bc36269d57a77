"""Titles of platforms as they stand within sentences."""

from __future__ import annotations


def quote_title(title: str) -> str:
    """A title in quotation marks: “A DSP that takes ERN 4.3 batches” would be read as a part of the sentence."""
    return f"“{title}”"
