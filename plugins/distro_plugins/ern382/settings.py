"""What a partner who takes ERN 3.8.2 may want otherwise than others."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class AllowedValues(StrEnum):
    """Which state of the allowed values the partner knows: DDEX extended the file under one name, `avs_20161006`."""

    OF_2020 = "2020"
    OF_2025 = "2025"


class ProfileVersion(StrEnum):
    """The version of the release and business profiles that the message names."""

    V14 = "14"
    V13 = "13"


class ProfilePrefix(StrEnum):
    """How the id of a release profile begins: the standard's word, and that of DDEX's own sample files."""

    STANDARD = "CommonReleaseTypes"
    OF_SAMPLES = "CommonReleaseTypesTypes"


class AudioAlbumName(StrEnum):
    """What the profile of an audio album is called: the rules of 1.4 want the first, many partners the second."""

    AUDIO_ALBUM = "AudioAlbum"
    MUSIC_ONLY = "AudioAlbumMusicOnly"


class WebPolicy(BaseModel):
    """What users may do with their content that contains the recording (DDEX WebPolicy); None leaves it open.

    `more_than_percent`: how much of the recording their content must contain for the policy to hold. A block of all
    access leaves nothing else to say.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    more_than_percent: Annotated[Decimal, Field(ge=0, le=100)]
    block_access: bool = False
    embedding: bool | None = None
    rating: bool | None = None
    comments: bool | None = None
    responses: bool | None = None
    syndication: bool | None = None


class Ern382Settings(BaseModel):
    """The settings of a target for this format.

    `business_profile`: whether the business profile is named where the deals fit one; `several_images`: whether the
    partner takes images beside the front cover of audio releases, which the profiles of 1.4 forbid;
    `price_code_namespace`: who controls the price codes, else the sender; `web_policy`: told with claims of rights.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    allowed_values: AllowedValues = AllowedValues.OF_2020
    profile_version: ProfileVersion = ProfileVersion.V14
    profile_prefix: ProfilePrefix = ProfilePrefix.STANDARD
    audio_album_name: AudioAlbumName = AudioAlbumName.AUDIO_ALBUM
    business_profile: bool = True
    several_images: bool = False
    price_code_namespace: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    web_policy: WebPolicy | None = None
