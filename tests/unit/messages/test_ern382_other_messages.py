"""Messages of ERN 3.8.2 beside that of a new release: purges and lists of a catalogue."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree
from lxml.etree import _Element

from distro_plugins.ern382 import Ern382Builder
from distro_sdk.errors import DomainErrors
from distro_sdk.messages import CatalogListBuilder
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.message import CatalogEntry, CatalogListPlan, MessagingParty
from distro_sdk.testing.plans import purging_plan
from distro_sdk.xml import parse_message
from tests.unit.messages.ern382_plans import schema_faults

ENTRY = CatalogEntry(
    type=ReleaseType.EP,
    icpn="4006381333931",
    grid="A12425GABC1234002M",
    catalog_number="SÖD-001",
    title="Ænima & <Fjörd>",
    version="Live",
    display_artist="Åsa & the <Norns>",
    label_name="Söder & Söner",
    release_date=date(2026, 2, 20),
)


def _list(*entries: CatalogEntry) -> CatalogListPlan:
    return CatalogListPlan(
        message_id="0f8fad5bd9cb469fa16570867728950e",
        thread_id="7c9e6679742540de944be07fc1f90ae7",
        test=False,
        created_at=datetime(2026, 1, 15, 12, 0, tzinfo=UTC),
        sender=MessagingParty(dpid="PADPIDA2014120301U", name="Söder & Söner"),
        sent_on_behalf_of=MessagingParty(dpid="PADPIDA2016080409F", name="Partner"),
        recipients=(MessagingParty(dpid="PADPIDA2012073007X", name="A <DSP>"),),
        language="sv",
        entries=entries,
    )


def _told(element: _Element) -> list[tuple[str, str | None]]:
    return [(str(leaf.tag), leaf.text) for leaf in element.iter() if not len(leaf)]


@pytest.mark.proves("MSG-06", "ERN-15")
def test_a_purge_names_the_release_its_title_and_its_artists(ddex_folder: Path) -> None:
    root = parse_message(Ern382Builder().build(purging_plan())).root

    assert etree.QName(root).localname == "PurgeReleaseMessage"
    assert dict(root.attrib) == {"MessageSchemaVersionId": "ern/382", "LanguageAndScriptCode": "sv"}
    purged = root.find("PurgedRelease")
    assert purged is not None
    assert _told(purged) == [
        ("ICPN", "4006381333931"),
        ("CatalogNumber", "SÖD-001"),
        ("TitleText", "Ænima & <Fjörd>"),
        ("FullName", "Åsa & the <Norns>"),
        ("FullNameIndexed", "Norns, Åsa & the <"),
        ("PartyId", "0000000121354578"),
        ("ResourceContributorRole", "MainArtist"),
    ]
    assert schema_faults(root, ddex_folder) == []


@pytest.mark.proves("MSG-06")
def test_a_purge_needs_nothing_that_a_profile_asks_for() -> None:
    plan = purging_plan()
    bare = plan.model_copy(update={"images": (), "release": plan.release.model_copy(update={"c_line": None})})

    assert Ern382Builder().build(bare) == Ern382Builder().build(plan)


@pytest.mark.proves("MSG-05")
def test_a_list_tells_each_release_of_the_catalogue(ddex_folder: Path) -> None:
    builder = Ern382Builder()
    assert isinstance(builder, CatalogListBuilder)

    message = builder.build_catalog_list(_list(ENTRY, ENTRY.model_copy(update={"icpn": "00602445790128"})))

    root = parse_message(message).root
    assert etree.QName(root).localname == "CatalogListMessage"
    assert root.findtext("PublicationDate") == "2026-01-15T12:00:00.000+00:00"
    assert root.findtext("MessageHeader/MessageControlType") == "LiveMessage"
    assert root.findtext("MessageHeader/SentOnBehalfOf/PartyId") == "PADPIDA2016080409F"
    first, second = root.iterfind("CatalogItem")
    assert _told(first) == [
        ("TerritoryCode", "Worldwide"),
        ("GRid", "A12425GABC1234002M"),
        ("ICPN", "4006381333931"),
        ("CatalogNumber", "SÖD-001"),
        ("TitleText", "Ænima & <Fjörd>"),
        ("SubTitle", "Live"),
        ("DisplayArtistName", "Åsa & the <Norns>"),
        ("ContributorName", "Åsa & the <Norns>"),
        ("TitleText", "Ænima & <Fjörd>"),
        ("SubTitle", "Live"),
        ("LabelName", "Söder & Söner"),
        ("ReleaseDate", "2026-02-20"),
    ]
    assert [icpn.get("IsEan") for icpn in root.iter("ICPN")] == ["true", "false"]
    assert second.findtext("ReleaseId/ICPN") == "00602445790128"
    assert schema_faults(root, ddex_folder) == []


@pytest.mark.proves("MSG-05", "ERN-21")
def test_the_same_list_gives_the_same_bytes() -> None:
    plan = _list(ENTRY)
    again = CatalogListPlan.model_validate(plan.model_dump())

    assert Ern382Builder().build_catalog_list(again) == Ern382Builder().build_catalog_list(plan)


@pytest.mark.proves("MSG-05")
def test_a_list_refuses_releases_without_a_date_by_their_places() -> None:
    undated = ENTRY.model_copy(update={"release_date": None})

    with pytest.raises(DomainErrors) as refused:
        Ern382Builder().build_catalog_list(_list(undated, ENTRY, undated))

    assert [(error.code, error.path) for error in refused.value.errors] == [
        ("RELEASE_DATE_MISSING", ("entries", 0, "release_date")),
        ("RELEASE_DATE_MISSING", ("entries", 2, "release_date")),
    ]


@pytest.mark.proves("MSG-05")
def test_a_list_refuses_characters_that_xml_cannot_carry() -> None:
    with pytest.raises(DomainErrors) as refused:
        Ern382Builder().build_catalog_list(_list(ENTRY.model_copy(update={"title": "Tide\x07"})))

    assert [(error.code, error.path) for error in refused.value.errors] == [
        ("CHARACTER_ILLEGAL", ("entries", 0, "title"))
    ]
