"""Reading messages of ERN 3.8.2, and of 3.8, 3.8.1 and 3.8.3, which differ from it in what nobody reads."""

from distro_plugins.ern382.reading.reader import Ern382Reader

__all__ = ["Ern382Reader"]
