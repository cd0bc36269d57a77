"""Parties: found again by name or identifier, made once, and kept while a release needs them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.catalogue.documents import PartyDocument
from distro_core.catalogue.drafts import PartyChanges, PartyDraft, ReleaseChanges, ReleaseDraft, TrackDraft, read_draft
from distro_core.catalogue.parties import PartyService
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.search import fold
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors

ISNI, OTHER_ISNI, IPI = "000000012281955X", "0000000121707484", "00014107338"


async def test_a_party_is_made_read_changed_and_removed(label_a: Scope) -> None:
    service = PartyService(label_a)

    made = await service.create(PartyDraft(name="The Beatles", name_indexed="Beatles, The", isni="0000 0001 2170 7484"))
    assert (made.name, made.name_indexed, made.isni) == ("The Beatles", "Beatles, The", OTHER_ISNI)

    changed = await service.update(made.id, PartyChanges(dpid="PADPIDA2007050901U", ipn="12345"), made.revision)
    assert (changed.name, changed.isni, changed.dpid, changed.ipn) == (
        "The Beatles",
        OTHER_ISNI,
        "PADPIDA2007050901U",
        "12345",
    )

    cleared = await service.update(made.id, PartyChanges(isni=None))
    assert (cleared.isni, cleared.dpid) == (None, "PADPIDA2007050901U")

    await service.delete(made.id)
    with pytest.raises(DomainError) as gone:
        await service.get(made.id)
    assert gone.value.code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"name": " "}, {("NAME_MISSING", ("name",))}),
        ({"name": "x" * 256}, {("TEXT_TOO_LONG", ("name",))}),
        (
            {"name": "A\u0000", "isni": "1", "ipi": "x", "dpid": "PADPIDA1", "ipn": "I-1"},
            {
                ("CHARACTER_ILLEGAL", ("name",)),
                ("ISNI_INVALID", ("isni",)),
                ("IPI_INVALID", ("ipi",)),
                ("DPID_INVALID", ("dpid",)),
                ("IPN_INVALID", ("ipn",)),
            },
        ),
    ],
)
async def test_a_wrong_party_is_refused_with_every_fault(
    label_a: Scope, fields: dict[str, Any], faults: set[tuple[str, tuple[str, ...]]]
) -> None:
    with pytest.raises(DomainErrors) as refused:
        await PartyService(label_a).create(read_draft(PartyDraft, fields))

    assert {(fault.code, fault.path) for fault in refused.value.errors} == faults
    assert await label_a.store.collection(PartyDocument).count({}) == 0


async def test_the_same_name_is_the_same_party_however_it_is_written(label_a: Scope, label_b: Scope) -> None:
    service = PartyService(label_a)
    found = await service.find_or_create("Sigur Rós")

    for written in ("sigur rós", "  SIGUR   RÓS ", "Sigur\u00a0Rós", "Ｓｉｇｕｒ Rós"):
        assert (await service.find_or_create(written)).id == found.id
    assert (await service.find_or_create("Sigur Ros")).id != found.id
    assert (await service.get(found.id)).name == "Sigur Rós"
    assert (await PartyService(label_b).find_or_create("Sigur Rós")).id != found.id


async def test_an_identifier_tells_homonyms_apart(label_a: Scope) -> None:
    service = PartyService(label_a)
    first = await service.find_or_create("John Smith", isni=ISNI)
    second = await service.find_or_create("John Smith", isni=OTHER_ISNI)

    assert first.id != second.id
    assert (await service.find_or_create("J. Smith", isni=ISNI)).id == first.id
    assert (await service.find_or_create("John Smith")).id == first.id
    assert (await service.find_or_create("John Smith", isni=OTHER_ISNI, ipi=IPI)).id == second.id
    assert (await service.get(second.id)).ipi == IPI


async def test_an_identifier_that_a_party_lacked_is_added(label_a: Scope) -> None:
    service = PartyService(label_a)
    party = await service.find_or_create("Ann")

    assert (await service.find_or_create("ann", isni=ISNI)).id == party.id

    assert (await service.get(party.id)).isni == ISNI


async def test_a_party_whose_identifier_was_corrected_is_found_by_the_new_one(label_a: Scope) -> None:
    service = PartyService(label_a)
    party = await service.find_or_create("Ann", isni=ISNI)
    await service.update(party.id, PartyChanges(isni=OTHER_ISNI))

    assert (await service.find_or_create("Ann", isni=OTHER_ISNI)).id == party.id
    assert (await service.find_or_create("Ann", isni=ISNI)).id != party.id


async def test_a_renamed_party_leaves_its_old_name_free(label_a: Scope) -> None:
    service = PartyService(label_a)
    party = await service.find_or_create("Ann")
    await service.update(party.id, PartyChanges(name="Anna"))

    other = await service.find_or_create("Ann")

    assert other.id != party.id
    assert (await service.find_or_create("Anna")).id == party.id


async def test_many_who_look_for_one_name_at_once_get_one_party(label_a: Scope) -> None:
    found = await asyncio.gather(*(PartyService(label_a).find_or_create("Ann") for _ in range(20)))

    assert len({party.id for party in found}) == 1
    assert await label_a.store.collection(PartyDocument).count({}) == 1


async def test_many_releases_made_at_once_share_their_new_parties(label_a: Scope) -> None:
    drafts = [ReleaseDraft(title=f"{number}", display_artist="Ann", label="Polar") for number in range(12)]

    releases = await asyncio.gather(*(ReleaseService(label_a).create(draft) for draft in drafts))

    assert len({release.artists[0].party_id for release in releases}) == 1
    assert await label_a.store.collection(PartyDocument).count({}) == 2


async def test_the_store_itself_refuses_to_make_a_looked_for_party_twice(label_a: Scope) -> None:
    found = await PartyService(label_a).find_or_create("Ann")

    with pytest.raises(DomainError) as refused:
        await label_a.store.collection(PartyDocument).insert(PartyDocument(name="Ann", found_by=found.found_by))

    assert refused.value.code == "PARTY_EXISTS"


async def test_two_parties_made_by_hand_may_share_a_name(label_a: Scope) -> None:
    first, second = [await PartyService(label_a).create(PartyDraft(name="Ann")) for _ in range(2)]

    assert first.id != second.id
    assert (await PartyService(label_a).find_or_create("Ann")).id == first.id


async def test_a_draft_tells_homonyms_apart_and_completes_known_parties(label_a: Scope) -> None:
    known = await PartyService(label_a).find_or_create("Ann")
    draft = read_draft(
        ReleaseDraft,
        {
            "title": "Homonyms",
            "display_artist": "Anns",
            "artists": [{"name": "Ann", "isni": ISNI}, {"name": "Ann", "isni": OTHER_ISNI}],
            "contributors": [{"name": "ANN", "isni": ISNI, "ipi": IPI, "roles": ["Composer"]}],
        },
    )

    release = await ReleaseService(label_a).create(draft)

    assert release.artists[0].party_id == release.contributors[0].party_id == known.id
    assert release.artists[1].party_id != known.id
    completed = await PartyService(label_a).get(known.id)
    assert (completed.isni, completed.ipi) == (ISNI, IPI)


@pytest.mark.parametrize("use", ["artists", "contributors", "label", "track_artists", "track_contributors"])
async def test_a_party_that_a_release_names_cannot_be_removed(label_a: Scope, use: str) -> None:
    party = await PartyService(label_a).find_or_create("Ann")
    other = await PartyService(label_a).find_or_create("Other")
    base: dict[str, Any] = {"title": "Uses", "artists": [{"party_id": other.id}]}
    uses: dict[str, dict[str, Any]] = {
        "artists": {"artists": [{"party_id": party.id}]},
        "contributors": {"contributors": [{"party_id": party.id, "roles": ["Composer"]}]},
        "label": {"label_party_id": party.id},
        "track_artists": {"tracks": [{"title": "One", "artists": [{"party_id": party.id}]}]},
        "track_contributors": {
            "tracks": [{"title": "One", "contributors": [{"party_id": party.id, "roles": ["Mixer"]}]}]
        },
    }
    release = await ReleaseService(label_a).create(read_draft(ReleaseDraft, {**base, **uses[use]}))

    with pytest.raises(DomainError) as refused:
        await PartyService(label_a).delete(party.id)
    assert refused.value.code == "PARTY_IN_USE"
    assert release.id in refused.value.message

    await ReleaseService(label_a).delete(release.id, (await ReleaseService(label_a).request_deletion(release.id)).token)
    await PartyService(label_a).delete(party.id)


async def test_a_party_that_a_release_no_longer_names_can_be_removed(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(
        ReleaseDraft(title="One", display_artist="Ann", tracks=(TrackDraft(title="One", display_artist="Bo"),))
    )
    party_id = release.artists[0].party_id

    await ReleaseService(label_a).update(release.id, read_draft(ReleaseChanges, {"artists": [{"name": "Cy"}]}))

    assert (await PartyService(label_a).delete(party_id)).name == "Ann"


async def test_parties_are_listed_by_name_and_found_by_its_beginning(label_a: Scope, label_b: Scope) -> None:
    for name in ("beta", "Alpha", "Ålpha", "alpine (live)", "Gamma"):
        await PartyService(label_a).create(PartyDraft(name=name))
    await PartyService(label_b).create(PartyDraft(name="Alpha of others"))
    service = PartyService(label_a)

    page = await service.page(first=3)
    rest = await service.page(first=3, after=page.cursors[-1])
    assert [party.name for party in page.documents] == ["Alpha", "alpine (live)", "beta"]
    assert [party.name for party in rest.documents] == ["Gamma", "Ålpha"]
    assert (page.has_next, rest.has_next) == (True, False)

    assert [party.name for party in (await service.page(text="ALP")).documents] == ["Alpha", "alpine (live)"]
    assert [party.name for party in (await service.page(text="alpine (")).documents] == ["alpine (live)"]
    assert [party.name for party in (await service.page(text=".*")).documents] == []


async def test_a_party_of_another_tenant_does_not_exist(label_a: Scope, label_b: Scope) -> None:
    party = await PartyService(label_a).create(PartyDraft(name="Ann"))
    service = PartyService(label_b)

    for call in (service.get(party.id), service.update(party.id, PartyChanges(name="Eve")), service.delete(party.id)):
        with pytest.raises(DomainError) as refused:
            await call
        assert refused.value.code == "NOT_FOUND"
    assert (await PartyService(label_a).get(party.id)).name == "Ann"


@given(st.text(max_size=40))
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert fold(f"  {name}\t") == fold(name)
