"""Credits that reach the messages of every format."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from distro_sdk.models.catalogue import ContributorRole
from distro_sdk.models.message import MessagePlan, ReleaseProfile
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.plans import ICPN, ISRCS, example_plan
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from distro_sdk.xml import parse_message
from stardust_advanced_credits import AdvancedCredits, AdvancedCreditsPlugin, Credit, CreditKind

FORMATS = ("ern/3.8.2", "ern/4.2", "ern/4.3", "ern/4.3.2")
CREDITS: list[dict[str, Any]] = [
    {"kind": "session_musician", "name": "Åsa Bass", "instruments": ["Bass guitar"], "isrcs": [ISRCS[0]]},
    {"kind": "recording_engineer", "name": "Rec & Co", "icpn": ICPN},
    {"kind": "mixing_engineer", "name": "Rec & Co", "isrcs": [ISRCS[0]]},
    {"kind": "mastering_studio", "name": "Studio Norr", "icpn": ICPN},
    {"kind": "programmer", "name": "Somebody Else", "isrcs": ["SEZZZ2600001"]},
]


async def prepared(plan: MessagePlan, credits: list[dict[str, Any]]) -> MessagePlan:
    configuration = AdvancedCredits.model_validate({"credits": credits}).model_dump(mode="json")
    context = PluginContext("label", "advanced-credits", configuration)
    return await AdvancedCreditsPlugin().prepare_message(context, plan)


def told(plan: MessagePlan, place: int) -> dict[str, tuple[ContributorRole, ...]]:
    """The roles of the contributors to a recording, by name."""
    contributors = plan.recordings[place].contributors
    return {plan.party(each.party_reference).name: each.roles for each in contributors}


class TestAdvancedCreditsPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return AdvancedCreditsPlugin


@pytest.mark.hook("prepare_message")
async def test_credits_join_their_recordings_and_no_others() -> None:
    plan = example_plan()
    before = [told(plan, place) for place in range(3)]

    credited = await prepared(plan, CREDITS)

    engineer, mixer, master = (
        ContributorRole.RECORDING_ENGINEER,
        ContributorRole.MIXING_ENGINEER,
        ContributorRole.MASTERING_ENGINEER,
    )
    first = {"Åsa Bass": (ContributorRole.STUDIO_MUSICIAN,), "Rec & Co": (engineer, mixer), "Studio Norr": (master,)}
    others = {"Rec & Co": (engineer,), "Studio Norr": (master,)}
    assert [told(credited, place) for place in range(3)] == [before[0] | first, before[1] | others, before[2] | others]
    assert [party.name for party in credited.parties[len(plan.parties) :]] == ["Åsa Bass", "Rec & Co", "Studio Norr"]
    assert len({party.reference for party in credited.parties}) == len(credited.parties)
    bass = credited.recordings[0].contributors[-3]
    assert (bass.instruments, bass.sequence) == (("Bass guitar",), len(plan.recordings[0].contributors) + 1)


async def test_videos_are_credited_too() -> None:
    credited = await prepared(example_plan(profile=ReleaseProfile.VIDEO), CREDITS)

    assert {"Rec & Co", "Studio Norr"} <= set(told(credited, 0))


async def test_a_party_that_is_there_already_is_not_told_twice() -> None:
    plan = example_plan()
    known = plan.party(plan.recordings[0].contributors[0].party_reference)
    line = {"kind": "programmer", "name": known.name.upper(), "icpn": ICPN}

    credited = await prepared(plan, [line])
    stranger = await prepared(
        plan.model_copy(update={"parties": tuple(p.model_copy(update={"isni": "1" * 16}) for p in plan.parties)}),
        [{**line, "isni": "2" * 16}],
    )

    assert credited.parties == plan.parties
    assert told(credited, 0)[known.name][-1] is ContributorRole.PROGRAMMER
    assert len(stranger.parties) == len(plan.parties) + 1


async def test_a_message_that_no_credit_is_about_stays_as_it_is() -> None:
    plan = example_plan()

    assert await prepared(plan, CREDITS[-1:]) is plan


@pytest.mark.parametrize(
    "wrong",
    [
        {"isrcs": [], "icpn": None},
        {"isrcs": [ISRCS[0]], "icpn": ICPN},
        {"isrcs": ["nonsense"]},
        {"icpn": ICPN, "instruments": ["Harp"]},
        {"icpn": ICPN, "name": ""},
    ],
)
def test_a_line_that_says_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Credit.model_validate({"kind": CreditKind.PROGRAMMER, "name": "Somebody"} | wrong)


@pytest.mark.proves("INI-04")
async def test_the_roles_reach_every_version_of_ern(running_platform: RunningPlatform) -> None:
    await running_platform.configure(running_platform.tenant_id, {"credits": CREDITS})
    plugins = await running_platform.plugins(running_platform.tenant_id)
    others = await running_platform.plugins(running_platform.other_tenant_id)

    plan = await plugins.prepare_message(example_plan())
    untouched = await others.prepare_message(example_plan())

    for format in FORMATS:
        message = plugins.message_builders[format].build(plan)
        elements = list(parse_message(message).root.iter())
        # ERN 3.8.2 has no words of its own for some roles, and tells ours beside `UserDefined`.
        texts = {(element.text or "").strip() for element in elements}
        texts |= {str(value) for element in elements for value in element.attrib.values()}
        assert {"StudioMusician", "RecordingEngineer", "MixingEngineer", "MasteringEngineer"} <= texts, format
        assert {"Åsa Bass", "Rec & Co", "Studio Norr"} <= texts, format
        assert b"Studio Norr" not in others.message_builders[format].build(untouched)
