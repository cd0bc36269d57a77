"""The catalogue over GraphQL: what was stored comes back, and what is wrong is told without storing anything."""

from __future__ import annotations

from typing import Any

import pytest

from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.scope import Scope
from tests.api.client import Client
from tests.api.conftest import Staff

RELEASE: dict[str, Any] = {
    "title": 'AC<DC> & "Co"',
    "version": "Deluxe",
    "type": "Album",
    "displayArtist": "The Somebodies",
    "artists": [{"name": "The Somebodies", "isni": "0000 0001 2150 090X"}],
    "label": "Polar Records",
    "icpn": "4006381333931",
    "catalogNumber": "POL-1",
    "language": "en",
    "genre": {"name": "Rock", "subgenreName": "Hard Rock"},
    "parentalWarning": "NotExplicit",
    "releaseDate": "2030-02-01",
    "originalReleaseDate": "1999-12-31",
    "pLine": {"year": 1999, "company": "Polar"},
    "cLine": {"year": 2000, "text": "© 2000 Polar"},
    "territories": {"included": ["Worldwide"], "excluded": ["US"]},
    "rights": {"startDate": "2030-02-01", "endDate": "2035-01-31", "priceCode": "Mid"},
    "tracks": [
        {
            "title": "One",
            "isrc": "US-RC1-76-07839",
            "discNumber": 1,
            "contributors": [{"name": "Jo", "roles": ["Producer", "Writer"], "instruments": ["Guitar"]}],
            "preview": {"startTime": "10.5"},
            "parentalWarning": "Explicit",
        },
        {"title": "Two", "discNumber": 2, "language": "pt-BR", "instrumental": False},
    ],
}
FIELDS = """
  id revision title version type status displayArtist icpn grid catalogNumber language parentalWarning
  releaseDate originalReleaseDate artists { role party { name isni } } contributors { roles }
  label { name } genre { name code subgenreName } pLine { year text company } cLine { year text company }
  territories { included excluded } rights { startDate endDate priceCode }
  tracks { id revision title discNumber isrc displayArtist language instrumental parentalWarning
    artists { party { name } } contributors { roles instruments party { name } } preview { startTime duration } }
  images { type } documents { id } createdBy
"""
READ = f"query($id: ID!) {{ release(id: $id) {{ {FIELDS} }} }}"


async def stored(scope: Scope) -> tuple[int, int]:
    """How many releases and parties a tenant has."""
    return (
        await scope.store.collection(ReleaseDocument).count({}),
        await scope.store.collection(PartyDocument).count({}),
    )


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return sorted((error["code"], error["path"]) for error in payload["errors"])


@pytest.mark.proves("API-01", "API-03", "CAT-27", "TRK-06")
async def test_a_release_comes_back_as_it_was_given(staff_a: Staff) -> None:
    made = await staff_a.manager.mutate("releaseCreate", f"release {{ {FIELDS} }}", **RELEASE)
    read = (await staff_a.viewer.data(READ, id=made["release"]["id"]))["release"]

    assert made["errors"] == []
    assert read == made["release"]
    assert read["title"] == 'AC<DC> & "Co"'
    assert (read["type"], read["status"], read["parentalWarning"]) == ("Album", "draft", "NotExplicit")
    assert read["artists"] == [{"role": "MainArtist", "party": {"name": "The Somebodies", "isni": "000000012150090X"}}]
    assert read["label"] == {"name": "Polar Records"}
    assert read["pLine"] == {"year": 1999, "text": "℗ 1999 Polar", "company": "Polar"}
    assert read["territories"] == {"included": ["Worldwide"], "excluded": ["US"]}
    assert read["rights"] == {"startDate": "2030-02-01", "endDate": "2035-01-31", "priceCode": "Mid"}
    one, two = read["tracks"]
    assert (one["isrc"], one["preview"]) == ("USRC17607839", {"startTime": "10.5", "duration": "30"})
    assert one["contributors"] == [
        {"roles": ["Producer", "ComposerLyricist"], "instruments": ["Guitar"], "party": {"name": "Jo"}}
    ]
    assert (two["discNumber"], two["language"], two["artists"]) == (2, "pt-BR", [{"party": {"name": "The Somebodies"}}])


@pytest.mark.proves("API-04", "CAT-16")
async def test_a_change_of_one_field_leaves_every_other_as_it_was(staff_a: Staff) -> None:
    made = (await staff_a.manager.mutate("releaseCreate", f"release {{ {FIELDS} }}", **RELEASE))["release"]

    changed = await staff_a.manager.mutate(
        "releaseUpdate", f"release {{ {FIELDS} }}", id=made["id"], revision=made["revision"], version=None
    )
    stale = await staff_a.manager.mutate(
        "releaseUpdate", "release { id }", id=made["id"], revision=made["revision"], version="Late"
    )

    assert changed["release"] == {**made, "version": None, "revision": made["revision"] + 1}
    assert codes(stale) == [("REVISION_CONFLICT", ["revision"])]


WRONG: list[tuple[dict[str, Any], list[tuple[str, list[str]]]]] = [
    ({"icpn": "4006381333932"}, [("ICPN_CHECK_DIGIT_WRONG", ["icpn"])]),
    ({"grid": "A1"}, [("GRID_INVALID", ["grid"])]),
    ({"releaseDate": "2030-02-30"}, [("DATE_INVALID", ["releaseDate"])]),
    ({"language": "xx-klingon"}, [("LANGUAGE_UNKNOWN", ["language"])]),
    ({"territories": {"included": ["DE", "ZZ"]}}, [("TERRITORY_UNKNOWN", ["territories", "included", "1"])]),
    ({"type": "Mixtape"}, [("RELEASE_TYPE_UNKNOWN", ["type"])]),
    ({"artists": [{"name": "A", "isni": "1"}]}, [("ISNI_INVALID", ["artists", "0", "isni"])]),
    ({"artists": [{"name": "A", "role": "Star"}]}, [("ARTIST_ROLE_UNKNOWN", ["artists", "0", "role"])]),
    (
        {"tracks": [{"title": "One", "isrc": "1", "contributors": [{"name": "B", "roles": ["Wizard"]}]}]},
        [
            ("ISRC_INVALID", ["tracks", "0", "isrc"]),
            ("ROLE_UNKNOWN", ["tracks", "0", "contributors", "0", "roles", "0"]),
        ],
    ),
    ({"title": " ", "icpn": "1"}, [("ICPN_INVALID", ["icpn"]), ("TITLE_MISSING", ["title"])]),
    ({"pLine": {"year": 1}}, [("RIGHTS_TEXT_MISSING", ["pLine", "text"]), ("RIGHTS_YEAR_INVALID", ["pLine", "year"])]),
]


@pytest.mark.parametrize(("given", "expected"), WRONG)
async def test_what_is_wrong_is_told_with_its_place_and_nothing_is_stored(
    label_a: Scope, admin_a: Client, given: dict[str, Any], expected: list[tuple[str, list[str]]]
) -> None:
    made = await admin_a.mutate(
        "releaseCreate", "release { id }", **{"title": "Release", "displayArtist": "A", **given}
    )

    assert made["release"] is None
    assert codes(made) == expected
    assert await stored(label_a) == (0, 0)


@pytest.mark.proves("CAT-25")
async def test_a_barcode_is_taken_once_in_a_tenant(admin_a: Client, admin_b: Client) -> None:
    first = await admin_a.mutate("releaseCreate", "release { id }", title="First", icpn="4006381333931")
    second = await admin_a.mutate("releaseCreate", "release { id }", title="Second", icpn="4006381333931")
    elsewhere = await admin_b.mutate("releaseCreate", "release { id }", title="Third", icpn="4006381333931")

    assert first["errors"] == elsewhere["errors"] == []
    assert codes(second) == [("ICPN_TAKEN", ["icpn"])]


@pytest.mark.proves("API-02", "CAT-14", "CAT-15")
async def test_releases_come_in_pages_that_stay_right_while_others_add(admin_a: Client) -> None:
    for number in range(5):
        await admin_a.mutate("releaseCreate", "release { id }", title=f"Release {number}")
    document = """query($after: String) {
      releases(first: 2, after: $after, orderBy: {field: TITLE, descending: false}) {
      nodes { title } edges { cursor node { title } } pageInfo { hasNextPage endCursor } } }"""

    first = (await admin_a.data(document))["releases"]
    await admin_a.mutate("releaseCreate", "release { id }", title="Release 0b")
    second = (await admin_a.data(document, after=first["pageInfo"]["endCursor"]))["releases"]
    third = (await admin_a.data(document, after=second["pageInfo"]["endCursor"]))["releases"]

    titles = [node["title"] for page in (first, second, third) for node in page["nodes"]]
    assert titles == [f"Release {number}" for number in range(5)]
    assert third["pageInfo"]["hasNextPage"] is False
    assert [edge["node"] for edge in first["edges"]] == first["nodes"]
    assert first["edges"][-1]["cursor"] == first["pageInfo"]["endCursor"]


async def test_releases_are_found_by_status_type_and_text(admin_a: Client) -> None:
    await admin_a.mutate("releaseCreate", "release { id }", title="Blue Moon", type="Single")
    await admin_a.mutate("releaseCreate", "release { id }", title="Blue Sea", type="Album")
    document = "query($filter: ReleaseFilterInput) { releases(filter: $filter) { nodes { title } } }"

    async def titles(**filter: Any) -> list[str]:
        found = await admin_a.data(document, filter=filter)
        return sorted(node["title"] for node in found["releases"]["nodes"])

    assert await titles() == ["Blue Moon", "Blue Sea"]
    assert await titles(text="blue m") == ["Blue Moon"]
    assert await titles(types=["Album"], statuses=["draft"]) == ["Blue Sea"]
    assert await titles(statuses=["delivered"]) == []
    assert await titles(updatedSince="2100-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("first: 0", "PAGE_SIZE_INVALID"), ("first: 201", "PAGE_SIZE_INVALID"), ('after: "nonsense"', "CURSOR_INVALID")],
)
async def test_a_page_that_makes_no_sense_is_refused(admin_a: Client, arguments: str, code: str) -> None:
    assert await admin_a.refused(f"{{ releases({arguments}) {{ nodes {{ id }} }} }}") == code


@pytest.mark.proves("TRK-01", "TRK-02")
async def test_tracks_are_made_changed_moved_and_removed(admin_a: Client) -> None:
    release = (await admin_a.mutate("releaseCreate", "release { id }", title="Release", displayArtist="A"))["release"]
    selection = "track { id title revision } release { tracks { id title } }"

    made = [
        (await admin_a.mutate("trackCreate", selection, releaseId=release["id"], title=title))["track"]
        for title in ("One", "Two", "Three")
    ]
    ids = [track["id"] for track in made]
    changed = await admin_a.mutate("trackUpdate", selection, id=ids[0], title="Uno", revision=1)
    stale = await admin_a.mutate("trackUpdate", selection, id=ids[0], title="Eins", revision=1)
    wrong = await admin_a.mutate("trackCreate", selection, releaseId=release["id"], title="Four", isrc="1")
    moved = await admin_a.mutate(
        "trackReorder", "release { tracks { title } }", releaseId=release["id"], trackIds=[ids[2], ids[0], ids[1]]
    )
    incomplete = await admin_a.mutate("trackReorder", "release { id }", releaseId=release["id"], trackIds=ids[:2])
    removed = await admin_a.mutate("trackDelete", "deletedId release { tracks { title } }", id=ids[0])

    assert (changed["track"]["title"], changed["track"]["revision"]) == ("Uno", 2)
    assert codes(stale) == [("REVISION_CONFLICT", ["revision"])]
    assert codes(wrong) == [("ISRC_INVALID", ["isrc"])]
    assert [track["title"] for track in moved["release"]["tracks"]] == ["Three", "Uno", "Two"]
    assert codes(incomplete) == [("TRACK_ORDER_INVALID", ["trackIds"])]
    assert removed["deletedId"] == ids[0]
    assert [track["title"] for track in removed["release"]["tracks"]] == ["Three", "Two"]


@pytest.mark.proves("API-07", "CAT-11", "CAT-13")
async def test_a_release_that_lacks_something_cannot_become_ready(admin_a: Client) -> None:
    made = await admin_a.mutate("releaseCreate", "release { id }", title="Draft")
    release_id = made["release"]["id"]

    found = await admin_a.data("query($id: ID!) { releaseCheck(id: $id) { code severity path } }", id=release_id)
    refused = await admin_a.mutate("releaseSetStatus", "release { status }", id=release_id, status="ready")
    archived = await admin_a.mutate("releaseSetStatus", "release { status }", id=release_id, status="archived")
    changed = await admin_a.mutate("releaseUpdate", "release { id }", id=release_id, title="Other")
    impossible = await admin_a.mutate("releaseTakeDown", "release { id }", id=release_id)

    errors = {issue["code"] for issue in found["releaseCheck"] if issue["severity"] == "error"}
    assert errors
    assert {code for code, _ in codes(refused)} == errors
    assert archived["release"] == {"status": "archived"}
    assert [code for code, _ in codes(changed)] == ["RELEASE_ARCHIVED"]
    assert codes(impossible) == [("RELEASE_STATUS_CONFLICT", ["status"])]


@pytest.mark.proves("API-05", "CAT-17")
async def test_a_deletion_needs_its_token(admin_a: Client, label_a: Scope) -> None:
    made = await admin_a.mutate("releaseCreate", "release { id }", title="Doomed")
    release_id = made["release"]["id"]

    guessed = await admin_a.mutate("releaseDelete", "deletedId", id=release_id, token="guessed")
    asked = await admin_a.mutate("releaseRequestDeletion", "token expiresAt", id=release_id)
    deleted = await admin_a.mutate("releaseDelete", "deletedId", id=release_id, token=asked["token"])
    again = await admin_a.mutate("releaseDelete", "deletedId", id=release_id, token=asked["token"])

    assert guessed["deletedId"] is None
    assert deleted == {"deletedId": release_id, "errors": []}
    assert [code for code, _ in codes(again)] == ["NOT_FOUND"]
    assert (await stored(label_a))[0] == 0


async def test_parties_are_made_found_changed_and_deleted(admin_a: Client) -> None:
    selection = "party { id name isni revision }"
    made = await admin_a.mutate("partyCreate", selection, name="Zoë", isni="0000 0001 2150 090X")
    party = made["party"]

    wrong = await admin_a.mutate("partyCreate", selection, name=" ", ipi="1", dpid="x")
    found = await admin_a.data('{ parties(text: "zo") { nodes { name } } }')
    changed = await admin_a.mutate("partyUpdate", selection, id=party["id"], revision=1, name="Zoe", isni=None)
    used = await admin_a.mutate("releaseCreate", "release { id }", title="R", artists=[{"partyId": party["id"]}])
    kept = await admin_a.mutate("partyDelete", "deletedId", id=party["id"])

    assert party["isni"] == "000000012150090X"
    assert codes(wrong) == [("DPID_INVALID", ["dpid"]), ("IPI_INVALID", ["ipi"]), ("NAME_MISSING", ["name"])]
    assert found["parties"]["nodes"] == [{"name": "Zoë"}]
    assert (changed["party"]["name"], changed["party"]["isni"]) == ("Zoe", None)
    assert used["errors"] == []
    assert codes(kept) == [("PARTY_IN_USE", ["id"])]
