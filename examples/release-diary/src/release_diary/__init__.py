"""Keeps a diary of releases."""

from release_diary.plugin import ReleaseDiaryPlugin

__all__ = ["ReleaseDiaryPlugin"]
