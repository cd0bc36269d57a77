"""Parties of the catalogue: artists, writers, publishers, labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from pydantic import ValidationError

from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.drafts import PartyChanges, PartyDraft, ProprietaryIdDraft
from distro_core.catalogue.identifiers import check_dpid, check_ipi, check_isni
from distro_core.catalogue.search import fold
from distro_core.catalogue.vocabulary import check_text
from distro_core.scope import Scope
from distro_core.store.collection import Change, Collection, Order, Page
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.catalogue import ProprietaryId

LONGEST_NAME: Final = 255
MOST_PROPRIETARY_IDS: Final = 20

_IPN = re.compile(r"[0-9]{1,20}", re.ASCII)


class PartyService:
    """Reads and changes the parties of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._parties: Collection[PartyDocument] = scope.store.collection(PartyDocument)

    async def create(self, draft: PartyDraft) -> PartyDocument:
        """Store a new party; raises `DomainErrors` with every fault of the draft."""
        fields = read_party(draft)
        document = PartyDocument.model_validate({**fields, "name_key": fold(fields["name"])})
        return await self._parties.insert(document, by=self._scope.actor)

    async def update(self, party_id: str, changes: PartyChanges, revision: int | None = None) -> PartyDocument:
        """Change the fields that were given; raises NOT_FOUND, REVISION_CONFLICT or `DomainErrors`."""
        fields = read_party(changes)
        if "name" in fields:
            fields["name_key"] = fold(fields["name"])
        if fields.keys() & {"name", "isni", "ipi"}:
            fields["found_by"] = None
        return await self._parties.update(party_id, Change(set=fields), revision=revision)

    async def delete(self, party_id: str) -> PartyDocument:
        """Remove a party; raises NOT_FOUND, or PARTY_IN_USE while a release names it."""
        releases = self._scope.store.collection(ReleaseDocument)
        if user := await releases.find_one({"named_parties": party_id}):
            raise DomainError("PARTY_IN_USE", f"release {user.id} ({user.title}) names this party", ("id",))
        return await self._parties.delete(party_id)

    async def get(self, party_id: str) -> PartyDocument:
        """A party; raises NOT_FOUND."""
        return await self._parties.get(party_id)

    async def page(self, *, text: str | None = None, first: int = 50, after: str | None = None) -> Page[PartyDocument]:
        """`first` parties by name, whose name begins with `text`."""
        where: dict[str, Any] = {}
        if text and (key := fold(text)):
            where["name_key"] = {"$regex": f"^{re.escape(key)}"}
        return await self._parties.page(where, order=Order("name_key"), first=first, after=after)

    async def find_or_create(self, name: str, isni: str | None = None, ipi: str | None = None) -> PartyDocument:
        """The party of that ISNI, IPI or name, made where there is none; raises `DomainErrors` for wrong values.

        A party of that name with another ISNI or IPI is somebody else. Two callers at once get the same party.
        """
        fields = read_party(PartyDraft.model_validate({"name": name, "isni": isni, "ipi": ipi}))
        wanted = {kind: fields[kind] for kind in ("isni", "ipi") if fields.get(kind)}
        if found := choose_party(await self._candidates(fields["name"], wanted), fields["name"], wanted):
            missing = {kind: value for kind, value in wanted.items() if getattr(found, kind) is None}
            return await self._parties.update(found.id, Change(set=missing)) if missing else found
        found_by = "|".join([fold(fields["name"]), *sorted(wanted.values())])
        document = PartyDocument.model_validate({**fields, "name_key": fold(fields["name"]), "found_by": found_by})
        try:
            return await self._parties.insert(document, by=self._scope.actor)
        except DomainError as error:
            made = await self._parties.find_one({"found_by": found_by})
            if error.code != "PARTY_EXISTS" or made is None:
                raise
            return made

    async def _candidates(self, name: str, wanted: dict[str, str]) -> list[PartyDocument]:
        ways: list[dict[str, str]] = [{"name_key": fold(name)}, *({kind: value} for kind, value in wanted.items())]
        return await self._parties.list({"$or": ways}, order=Order("id"))


def choose_party(candidates: list[PartyDocument], name: str, wanted: dict[str, str]) -> PartyDocument | None:
    """The oldest candidate that is meant: by identifier, else by a name that no identifier contradicts."""
    for kind, value in wanted.items():
        for party in candidates:
            if getattr(party, kind) == value:
                return party
    for party in candidates:
        contradicted = any(getattr(party, kind) not in (None, value) for kind, value in wanted.items())
        if party.name_key == fold(name) and not contradicted:
            return party
    return None


def read_party(changes: PartyChanges, path: Path = ()) -> dict[str, Any]:
    """The given fields of a party as they are stored; raises `DomainErrors` with every fault."""
    fields: dict[str, Any] = {}
    faults: list[DomainError] = []
    for name in sorted(changes.model_fields_set):
        value = getattr(changes, name)
        if name == "proprietary_ids":
            fields[name] = tuple(_read_proprietary_ids(value or (), (*path, name), faults))
            continue
        try:
            if value is None or not value.strip():
                if name == "name":
                    raise DomainError("NAME_MISSING", "a party needs a name", (*path, name))
                fields[name] = None
            else:
                fields[name] = _READERS[name](value, (*path, name))
        except DomainError as fault:
            faults.append(fault)
    if faults:
        raise DomainErrors(faults)
    return fields


def _read_proprietary_ids(
    drafts: Sequence[ProprietaryIdDraft], path: Path, faults: list[DomainError]
) -> Iterator[ProprietaryId]:
    if len(drafts) > MOST_PROPRIETARY_IDS:
        message = f"a party has at most {MOST_PROPRIETARY_IDS} identifiers of others"
        faults.append(DomainError("VALUE_INVALID", message, path))
        return
    for place, draft in enumerate(drafts):
        try:
            yield ProprietaryId(
                namespace=check_text(draft.namespace, (*path, place, "namespace"), limit=100),
                value=check_text(draft.value, (*path, place, "value"), limit=200),
            )
        except ValidationError:
            faults.append(DomainError("VALUE_INVALID", "an identifier has a namespace and a value", (*path, place)))
        except DomainError as fault:
            faults.append(fault)


def _check_name(value: str, path: Path) -> str:
    return check_text(value, path, limit=LONGEST_NAME)


def _check_ipn(value: str, path: Path) -> str:
    number = value.strip()
    if not _IPN.fullmatch(number):
        raise DomainError("IPN_INVALID", f"{value!r} is not an IPN, which has digits only", path)
    return number


_READERS: Final[dict[str, Callable[[str, Path], str]]] = {
    "name": _check_name,
    "name_indexed": _check_name,
    "isni": check_isni,
    "ipi": check_ipi,
    "ipn": _check_ipn,
    "dpid": check_dpid,
}
