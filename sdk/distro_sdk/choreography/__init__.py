"""What choreographies share: safe names, files in order, manifests of DDEX's versions, and reading answers.

A choreography subclasses `FolderChoreography` and says where each release lies and in which order files are written.
Needs lxml (`pip install stardust-distro-sdk[xml]`).
"""

from distro_sdk.choreography.acknowledgements import read_acknowledgements
from distro_sdk.choreography.folders import FolderChoreography
from distro_sdk.choreography.places import Place

__all__ = ["FolderChoreography", "Place", "read_acknowledgements"]
