"""What a format has no place for is refused before it is written; what travels beside has something to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from distro_core.messages.capabilities import check_plan, find_option_faults, read_message_settings
from distro_core.messages.planner import plan_message
from distro_core.messages.standalone import StandaloneOrder, build_catalog_list, build_message, open_plugins
from distro_plugins.apple53 import AppleBuilder
from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern382 import Ern382Builder
from distro_plugins.mead11 import Mead11Builder
from distro_plugins.mead101 import Mead101Builder
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.message import MessageOptions, MessageSubtype, TakedownForm
from distro_sdk.xml import parse_message
from tests.catalogue_examples import (
    LABEL,
    MOMENT,
    box_set,
    classical_album,
    example_order,
    example_release,
    two_disc_album,
    video_album,
    with_fields,
)

EVERYTHING = MessageOptions(
    takedown_form=TakedownForm.TAKE_DOWN_ELEMENT,
    immersive_audio=True,
    channels=(LABEL.dpid,),
    excluded_channels=("PADPIDA2013020802I",),
    companions=("pie/1.0",),
)


Fault = tuple[str, tuple[str | int, ...]]


def refused(builder: MessageBuilder, complete: CompleteRelease, options: MessageOptions) -> list[Fault]:
    plan = plan_message(complete, example_order(MessageSubtype.TAKEDOWN, options=options))
    with pytest.raises(DomainErrors) as faults:
        check_plan(builder, plan, {})
    return [(fault.code, fault.path) for fault in faults.value.errors]


def test_every_option_that_a_format_lacks_is_told_at_once() -> None:
    assert refused(Ern42Builder(), example_release(), EVERYTHING) == [
        ("TAKEDOWN_FORM_UNSUPPORTED", ("options", "takedown_form")),
        ("CHANNELS_CONTRADICTORY", ("options", "excluded_channels")),
        ("COMPANION_UNKNOWN", ("options", "companions", 0)),
    ]
    assert refused(Ern382Builder(), example_release(), EVERYTHING) == [
        ("IMMERSIVE_UNSUPPORTED", ("options", "immersive_audio")),
        ("CHANNELS_CONTRADICTORY", ("options", "excluded_channels")),
        ("COMPANION_UNKNOWN", ("options", "companions", 0)),
    ]


@pytest.mark.parametrize(
    ("complete", "expected"),
    [
        (box_set(), ("VARIANT_UNSUPPORTED", ("variants",))),
        (classical_album(), ("VARIANT_UNSUPPORTED", ("variants",))),
        (video_album(), ("PROFILE_UNSUPPORTED", ("profile",))),
    ],
    ids=["box set", "classical", "video"],
)
def test_a_format_says_which_releases_it_cannot_carry(complete: CompleteRelease, expected: Fault) -> None:
    assert refused(AppleBuilder(), complete, MessageOptions()) == [expected]


def test_settings_are_completed_or_refused_with_their_paths() -> None:
    complete = read_message_settings(Ern382Builder(), {"profile_version": "13"})

    assert complete["profile_version"] == "13"
    assert complete.keys() == Ern382Builder.configuration.model_fields.keys()
    with pytest.raises(DomainErrors) as faults:
        read_message_settings(Ern382Builder(), {"profile_version": "12", "colour": "red"})
    assert {(fault.code, fault.path) for fault in faults.value.errors} == {
        ("MESSAGE_SETTING_INVALID", ("message_settings", "profile_version")),
        ("MESSAGE_SETTING_INVALID", ("message_settings", "colour")),
    }


def standalone(format: str) -> StandaloneOrder:
    return StandaloneOrder(format=format, subtype=MessageSubtype.INITIAL, message_id="MSG-1", created_at=MOMENT)


@pytest.mark.proves("MEA-29")
def test_two_versions_of_one_companion_do_not_travel_together() -> None:
    known = {builder.format: builder for builder in (Mead11Builder(), Mead101Builder())}
    options = MessageOptions(companions=("mead/1.1", "mead/1.1", "mead/1.0.1"))

    found = list(find_option_faults(Ern43Builder(), options, known))

    assert [(fault.code, fault.path) for fault in found] == [("COMPANIONS_RIVAL", ("options", "companions", 2))]


async def test_a_companion_without_anything_to_say_is_refused() -> None:
    async with open_plugins() as plugins:
        with pytest.raises(DomainError) as nothing:
            await build_message(example_release(), standalone("mead/1.1"), plugins)

    assert nothing.value.code == "COMPANION_EMPTY"


@pytest.mark.proves("MSG-05")
async def test_a_catalogue_is_listed_in_the_version_that_has_lists() -> None:
    other = with_fields(two_disc_album(), icpn="0094631432064", title="Other")
    async with open_plugins() as plugins:
        listed = parse_message(build_catalog_list([example_release(), other], standalone("ern/3.8.2"), plugins))
        with pytest.raises(DomainError) as newer:
            build_catalog_list([example_release()], standalone("ern/4.3"), plugins)

    assert listed.name == "CatalogListMessage"
    assert [element.text for element in listed.root.iter("ICPN")] == ["0094631432057", "0094631432064"]
    assert (newer.value.code, newer.value.path) == ("MESSAGE_TYPE_UNSUPPORTED", ())


@pytest.mark.proves("MSG-05")
async def test_releases_of_several_labels_are_listed_in_a_name_that_is_given() -> None:
    first = example_release()
    label = first.release.label_party_id
    others = tuple(
        party.model_copy(update={"name": "Southern Dark", "dpid": None}) if party.id == label else party
        for party in first.parties
    )
    both = [first, first.model_copy(update={"parties": others})]
    async with open_plugins() as plugins:
        with pytest.raises(DomainErrors) as refused:
            build_catalog_list(both, standalone("ern/3.8.2"), plugins)
        named = replace(standalone("ern/3.8.2"), sender="PADPIDA2014120301U")
        listed = parse_message(build_catalog_list(both, named, plugins))

    (fault,) = refused.value.errors
    assert (fault.code, fault.path) == ("CATALOG_SENDER_UNCLEAR", ("sender",))
    assert first.party(label or "").name in fault.message
    assert "Southern Dark" in fault.message
    assert listed.root.findtext("MessageHeader/MessageSender/PartyId") == "PADPIDA2014120301U"


async def test_every_release_that_cannot_be_listed_is_told_with_its_place() -> None:
    nameless = with_fields(example_release(), icpn=None, display_artist="", label_party_id=None)
    wrong = with_fields(example_release(), icpn="0094631432058")
    async with open_plugins() as plugins:
        with pytest.raises(DomainErrors) as faults:
            build_catalog_list([nameless, wrong], standalone("ern/3.8.2"), plugins)

    assert [(fault.code, fault.path) for fault in faults.value.errors] == [
        ("ICPN_MISSING", ("releases", 0, "icpn")),
        ("DISPLAY_ARTIST_MISSING", ("releases", 0, "display_artist")),
        ("LABEL_MISSING", ("releases", 0, "label_party_id")),
        ("ICPN_CHECK_DIGIT_WRONG", ("releases", 1, "icpn")),
    ]


async def test_a_format_is_built_with_the_layout_of_a_platform_that_takes_it() -> None:
    order = replace(standalone("apple/5.3"), settings={"provider": "NorthernLight", "price_tier": 3})
    async with open_plugins() as plugins:
        content = await build_message(example_release(), order, plugins)

    assert parse_message(content).name == "package"
