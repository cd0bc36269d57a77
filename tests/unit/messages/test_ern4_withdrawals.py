"""How messages of ERN 4 take a release off sale: by no deals, by ended ones, by a purge."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from distro_sdk.errors import DomainErrors
from distro_sdk.models.message import MessageOptions, MessageSubtype, MessageType, TakedownForm
from distro_sdk.models.planned_releases import Withdrawal
from distro_sdk.testing.plans import example_plan, purging_plan
from tests.unit.messages.ern4_plans import STREAMING, deal, rich_plan, with_release
from tests.unit.messages.ern4_written import BUILDERS, root_of, schema_faults, tags, texts, written

every_version = pytest.mark.parametrize("format", BUILDERS)


@pytest.mark.proves("ERN-15")
@every_version
def test_a_takedown_without_deals_has_no_deal_list_and_refers_to_nothing_in_it(ddex_folder: Path, format: str) -> None:
    plan = rich_plan().model_copy(
        update={"subtype": MessageSubtype.TAKEDOWN, "deals": (), "visibilities": (), "companions": ()}
    )

    root = root_of(format, plan)

    assert root.find("DealList") is None
    assert list(root.iter("ReleaseVisibilityReference")) == []
    assert root.find("SupplementalDocumentList") is None
    assert schema_faults(ddex_folder, format, root) == []


@pytest.mark.proves("ERN-15")
@every_version
def test_a_takedown_by_end_date_tells_deals_that_have_ended(ddex_folder: Path, format: str) -> None:
    root = root_of(format, example_plan(MessageSubtype.TAKEDOWN))

    assert texts(root, "DealList/ReleaseDeal/Deal/DealTerms/ValidityPeriod/EndDate") == ["2026-03-01"]
    assert schema_faults(ddex_folder, format, root) == []


@pytest.mark.proves("MSG-06", "ERN-15")
@pytest.mark.parametrize(("format", "set_number"), [("ern/4.2", None), ("ern/4.3", "3"), ("ern/4.3.2", "9")])
def test_a_purge_names_the_release_its_title_and_its_artists(
    ddex_folder: Path, format: str, set_number: str | None
) -> None:
    message = written(format, with_release(purging_plan(), version="Deluxe", grid="A12425GABC1234002M"))

    root = message.root
    assert message.name == "PurgeReleaseMessage"
    assert (root.get("LanguageAndScriptCode"), root.get("AvsVersionId")) == ("sv", set_number)
    assert root.get("ReleaseProfileVersionId") is None
    assert tags(root) == ["MessageHeader", "PurgedRelease"]
    assert texts(root, "PurgedRelease/ReleaseId/*") == ["A12425GABC1234002M", "4006381333931", "SÖD-001"]
    assert texts(root, "PurgedRelease/Title/*") == ["Ænima & <Fjörd>", "Deluxe"]
    assert texts(root, "PurgedRelease/Contributor/PartyName/FullName") == ["Åsa & the <Norns>"]
    assert schema_faults(ddex_folder, format, root) == []


@pytest.mark.proves("ERN-15")
@every_version
@pytest.mark.parametrize("withdrawal", Withdrawal)
def test_a_deal_that_says_taken_down_is_refused(format: str, withdrawal: Withdrawal) -> None:
    plan = example_plan(MessageSubtype.TAKEDOWN).model_copy(
        update={
            "deals": (deal(STREAMING, end_date=date(2026, 3, 1), withdrawal=withdrawal),),
            "options": MessageOptions(takedown_form=TakedownForm.TAKE_DOWN_ELEMENT),
        }
    )

    with pytest.raises(DomainErrors) as refused:
        BUILDERS[format].build(plan)

    assert [(error.code, error.path) for error in refused.value.errors] == [
        ("TAKEDOWN_FORM_UNSUPPORTED", ("options", "takedown_form"))
    ]


@pytest.mark.proves("MSG-05")
@every_version
def test_a_list_of_the_catalogue_is_refused_with_the_version_that_has_it(format: str) -> None:
    plan = example_plan().model_copy(update={"type": MessageType.CATALOG_LIST})

    with pytest.raises(DomainErrors) as refused:
        BUILDERS[format].build(plan)

    assert [(error.code, "3.8.2" in error.message) for error in refused.value.errors] == [
        ("MESSAGE_TYPE_UNSUPPORTED", True)
    ]


@every_version
def test_an_update_is_the_whole_message_again(format: str) -> None:
    initial = root_of(format, example_plan())
    update = root_of(format, example_plan(MessageSubtype.UPDATE))

    assert tags(update) == tags(initial)
    assert texts(update, ".//DealReleaseReference") == texts(initial, ".//DealReleaseReference")
