"""What any message is about: its profile, its variants, why it is told, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from distro_sdk.models.message import (
    HashAlgorithm,
    MessageOptions,
    MessageSubtype,
    ProfileVariant,
    ReleaseProfile,
    TakedownForm,
)

SIMPLE = frozenset({ReleaseProfile.SIMPLE_AUDIO_SINGLE, ReleaseProfile.SIMPLE_VIDEO_SINGLE})
VARIANTS = {
    ReleaseProfile.AUDIO: (
        (),
        (ProfileVariant.BOXED_SET,),
        (ProfileVariant.CLASSICAL,),
        (ProfileVariant.BOXED_SET, ProfileVariant.CLASSICAL),
    ),
    ReleaseProfile.VIDEO: ((), (ProfileVariant.BOXED_SET,)),
    ReleaseProfile.MIXED_MEDIA: (
        (),
        (ProfileVariant.BOXED_SET,),
        (ProfileVariant.CLASSICAL,),
    ),
}
"""Variants by profile; a classical release holds sound recordings (RP 2.1, 5.5.2(1))."""
FORMS = (TakedownForm.NO_DEALS, TakedownForm.END_DATE, TakedownForm.PURGE)


CHANNEL = "PADPIDA2015101005C"


@dataclass(frozen=True)
class Shape:
    """What a message is about. `audio`, `video`: how many recordings of each kind."""

    profile: ReleaseProfile
    variants: tuple[ProfileVariant, ...]
    subtype: MessageSubtype
    options: MessageOptions
    audio: int
    video: int

    @property
    def count(self) -> int:
        """How many recordings there are."""
        return self.audio + self.video

    @property
    def boxed(self) -> bool:
        """Whether it is a box set."""
        return ProfileVariant.BOXED_SET in self.variants

    @property
    def classical(self) -> bool:
        """Whether it has works of several parts."""
        return ProfileVariant.CLASSICAL in self.variants


@st.composite
def message_options(draw: st.DrawFn, forms: Sequence[TakedownForm]) -> MessageOptions:
    """Any options, with takedown forms of some versions alone."""
    channels = draw(st.sampled_from(((), (CHANNEL,))))
    excluded = () if channels else draw(st.sampled_from(((), (CHANNEL,))))
    return MessageOptions(
        takedown_form=draw(st.sampled_from(tuple(forms))),
        update_indicator=draw(st.booleans()),
        hash_algorithm=draw(st.sampled_from(HashAlgorithm)),
        channels=channels,
        excluded_channels=excluded,
        immersive_audio=draw(st.booleans()),
        companions=draw(st.sampled_from(((), ("mead/1.1",)))),
    )


@st.composite
def shapes(
    draw: st.DrawFn,
    profiles: Sequence[ReleaseProfile] = tuple(ReleaseProfile),
    forms: Sequence[TakedownForm] = FORMS,
    max_tracks: int = 12,
) -> Shape:
    """Any profile with its variants, any reason to tell, and how many recordings there are."""
    profile = draw(st.sampled_from(tuple(profiles)))
    variants = draw(st.sampled_from(VARIANTS.get(profile, ((),))))
    least = 4 if variants else 1
    many = st.integers(least, max(least, max_tracks))
    audio, video = 0, 0
    if profile in {ReleaseProfile.AUDIO, ReleaseProfile.MIXED_MEDIA}:
        audio = draw(many)
    if profile in {ReleaseProfile.VIDEO, ReleaseProfile.MIXED_MEDIA}:
        video = draw(many)
    if profile in {ReleaseProfile.SIMPLE_VIDEO_SINGLE, ReleaseProfile.LONG_FORM_VIDEO}:
        video = 1
    if profile is ReleaseProfile.SIMPLE_AUDIO_SINGLE:
        audio = 1
    return Shape(
        profile=profile,
        variants=variants,
        subtype=draw(st.sampled_from(MessageSubtype)),
        options=draw(message_options(forms)),
        audio=audio,
        video=video,
    )
