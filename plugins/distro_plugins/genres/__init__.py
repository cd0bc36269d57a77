"""Genres: Genre Truth and the mappers into the dictionaries of providers."""

from distro_plugins.genres.plugin import GenresPlugin

__all__ = ["GenresPlugin"]
