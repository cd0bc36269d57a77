"""What is refused beside GraphQL, and what the caller learns when the platform itself fails."""

from __future__ import annotations

import httpx2
import pytest

from distro_api.graphql.ids import global_id
from distro_core.catalogue.documents import PartyDocument
from distro_core.catalogue.drafts import PartyDraft
from distro_core.catalogue.parties import PartyService
from distro_core.scope import Scope
from tests.api.client import Client

PARTY = "query($id: ID!) { party(id: $id) { name } }"


def told(response: httpx2.Response) -> tuple[int, str, bool]:
    """Status, code, and whether the request can be found again by its id."""
    (error,) = response.json()["errors"]
    found_again = error["extensions"]["requestId"] == response.headers["x-request-id"]
    return response.status_code, error["extensions"]["code"], found_again


@pytest.mark.parametrize("path", ["/", "/nowhere", "/uploads", "/graphql/../etc/passwd"])
async def test_a_path_that_is_not_served_is_refused(anybody: Client, path: str) -> None:
    response = await anybody.http.get(f"{anybody.url}{path}")

    assert told(response) == (404, "PATH_UNKNOWN", True)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/graphql", {"POST"}), ("POST", "/uploads/x", {"PUT"}), ("DELETE", "/downloads/x", {"GET", "HEAD"})],
)
async def test_a_method_that_a_path_does_not_take_is_refused_with_those_that_it_takes(
    anybody: Client, method: str, path: str, allowed: set[str]
) -> None:
    response = await anybody.http.request(method, f"{anybody.url}{path}")

    assert told(response) == (405, "METHOD_NOT_ALLOWED", True)
    assert set(response.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(b"query={me{permissions}}", "application/x-www-form-urlencoded"), (b"nonsense", "application/json")],
)
async def test_a_body_that_is_not_json_is_refused(anybody: Client, content: bytes, content_type: str) -> None:
    response = await anybody.http.post(
        f"{anybody.url}/graphql", content=content, headers={"content-type": content_type}
    )

    assert told(response) == (400, "REQUEST_INVALID", True)


async def test_a_fault_of_ours_is_told_as_such_and_betrays_nothing(
    admin_a: Client, label_a: Scope, label_b: Scope, admin_b: Client
) -> None:
    broken, whole = [await PartyService(label).create(PartyDraft(name="Ada")) for label in (label_a, label_b)]
    parties = label_a.store.collection(PartyDocument).raw
    await parties.update_one({"_id": broken.id}, {"$set": {"name": ["a list where a text belongs"]}})

    response = await admin_a.post(PARTY, {"id": global_id("Party", broken.id)})
    elsewhere = await admin_b.data(PARTY, id=global_id("Party", whole.id))

    assert told(response) == (200, "INTERNAL", True)
    assert response.json()["errors"][0]["message"] == "something went wrong on our side"
    assert "a list where a text belongs" not in response.text
    assert elsewhere == {"party": {"name": "Ada"}}
