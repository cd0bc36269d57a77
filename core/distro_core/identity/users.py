"""Users of a tenant: a person is stored once and has a role in each of its tenants (rows TEN-01, USR-01 to USR-05)."""

from __future__ import annotations

import re
from collections.abc import Callable

from distro_core.identity.documents import Membership, Role, SessionDocument, UserDocument
from distro_core.identity.passwords import check_password, hash_password, verify_password
from distro_core.store.collection import Change, Order, Page
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError, DomainErrors

EMAIL_PATTERN = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
MAX_DISPLAY_NAME = 100
MAX_RETRIES = 5

Memberships = tuple[Membership, ...]


class UserService:
    """The users of one tenant; it sees and changes nobody else."""

    def __init__(self, control: ControlStore, tenant_id: str) -> None:
        self._users = control.collection(UserDocument)
        self._sessions = control.collection(SessionDocument)
        self._tenant_id = tenant_id

    async def create(
        self,
        email: str,
        display_name: str,
        role: Role,
        *,
        password: str | None,
        by: str | None = None,
        operator: bool = False,
    ) -> UserDocument:
        """Give somebody a role here; who is not known yet is stored with a password.

        `password`: None for a person who has an account already, which keeps its password; `operator`: whether a person
        who is not known yet operates the platform, which no tenant's admin may decide. Raises EMAIL_INVALID,
        DISPLAY_NAME_INVALID, PASSWORD_REQUIRED, the faults of `check_password`, EMAIL_TAKEN or ALREADY_MEMBER.
        """
        address = email.strip().lower()
        _refuse_faults(address, display_name)
        known = await self._users.find_one({"email": address})
        if known is not None:
            return await self._admit(known, role, password)
        if password is None:
            raise DomainError("PASSWORD_REQUIRED", "nobody has this e-mail address yet: give a password", ("password",))
        check_password(password, email=address)
        user = UserDocument(
            email=address,
            display_name=display_name.strip(),
            password_hash=await hash_password(password),
            memberships=(Membership(tenant_id=self._tenant_id, role=role),),
            operator=operator,
        )
        return await self._users.insert(user, by=by)

    async def get(self, user_id: str) -> UserDocument:
        """The member of that id; raises NOT_FOUND for everybody else."""
        user = await self._users.find_one({"id": user_id, "memberships.tenant_id": self._tenant_id})
        if user is None:
            raise DomainError("NOT_FOUND", f"there is no user with id {user_id}")
        return user

    async def page(self, *, first: int, after: str | None = None) -> Page[UserDocument]:
        """The members by the order in which they were stored (row USR-05)."""
        return await self._users.page(
            {"memberships.tenant_id": self._tenant_id}, order=Order(), first=first, after=after
        )

    async def update(
        self,
        user_id: str,
        *,
        role: Role | None = None,
        display_name: str | None = None,
        password: str | None = None,
    ) -> UserDocument:
        """Change a member.

        Only a member of this tenant alone who does not operate the platform can be renamed or given a new password,
        because a person's account is not one tenant's: raises USER_SHARED. Raises LAST_ADMIN, DISPLAY_NAME_INVALID,
        and the faults of `check_password`.
        """
        user = await self.get(user_id)
        if (display_name is not None or password is not None) and (len(user.memberships) > 1 or user.operator):
            message = "this person belongs to other tenants too or operates the platform, and keeps its own account"
            raise DomainError("USER_SHARED", message)
        if display_name is not None or password is not None:
            user = await self._change_account(user, display_name, password)
        if role is not None and role is not user.role_in(self._tenant_id):
            user = await self._change_memberships(user, lambda members: self._with_role(members, role))
        return user

    async def remove(self, user_id: str) -> UserDocument:
        """Take a member's role and sessions here away; who belongs nowhere else is deleted. Raises LAST_ADMIN."""
        user = await self._change_memberships(await self.get(user_id), self._without_us)
        await self._end_sessions(user.id, tenant_id=self._tenant_id)
        if not user.memberships:
            await self._users.raw.delete_one({"_id": user.id, "memberships": []})
        return user

    async def change_own_account(
        self, user_id: str, *, display_name: str | None, current_password: str | None, new_password: str | None
    ) -> UserDocument:
        """Rename oneself or choose a new password, which ends all sessions (row API-25).

        Raises CURRENT_PASSWORD_WRONG, DISPLAY_NAME_INVALID and the faults of `check_password` at `newPassword`.
        """
        user = await self.get(user_id)
        if new_password is not None and not await verify_password(user.password_hash, current_password or ""):
            raise DomainError("CURRENT_PASSWORD_WRONG", "this is not your password", ("current_password",))
        return await self._change_account(user, display_name, new_password, password_path=("new_password",))

    async def _admit(self, user: UserDocument, role: Role, password: str | None) -> UserDocument:
        if user.role_in(self._tenant_id) is not None:
            raise DomainError("ALREADY_MEMBER", "this person belongs to the tenant already", ("email",))
        if password is not None:
            message = "a user with this e-mail address exists; leave the password out to give that person a role here"
            raise DomainError("EMAIL_TAKEN", message, ("email",))
        return await self._change_memberships(user, lambda members: self._with_role(members, role))

    async def _change_account(
        self,
        user: UserDocument,
        display_name: str | None,
        password: str | None,
        *,
        password_path: tuple[str, ...] = ("password",),
    ) -> UserDocument:
        changes: dict[str, object] = {}
        if display_name is not None:
            _refuse_faults(user.email, display_name)
            changes["display_name"] = display_name.strip()
        if password is not None:
            check_password(password, email=user.email, path=password_path)
            changes["password_hash"] = await hash_password(password)
        changed = await self._users.update(user.id, Change(set=changes))
        if password is not None:
            await self._end_sessions(user.id)
        return changed

    async def _change_memberships(
        self, user: UserDocument, change: Callable[[Memberships], Memberships]
    ) -> UserDocument:
        """Change the memberships on the newest revision; take it back when that left the tenant without an admin."""
        for _ in range(MAX_RETRIES):
            previous = user.memberships
            updated = await self._users.try_update(
                {"id": user.id, "revision": user.revision}, Change(set={"memberships": change(previous)})
            )
            if updated is None:
                user = await self._users.get(user.id)
                continue
            admin = {"$elemMatch": {"tenant_id": self._tenant_id, "role": Role.ADMIN}}
            was_admin = user.role_in(self._tenant_id) is Role.ADMIN
            if was_admin and await self._users.count({"memberships": admin}) == 0:
                await self._users.update(user.id, Change(set={"memberships": previous}))
                raise DomainError("LAST_ADMIN", "a tenant needs at least one admin")
            return updated
        raise DomainError("REVISION_CONFLICT", "this user is being changed by somebody else; try again")

    def _with_role(self, members: Memberships, role: Role) -> Memberships:
        return (*self._without_us(members), Membership(tenant_id=self._tenant_id, role=role))

    def _without_us(self, members: Memberships) -> Memberships:
        return tuple(member for member in members if member.tenant_id != self._tenant_id)

    async def _end_sessions(self, user_id: str, *, tenant_id: str | None = None) -> None:
        where = {"user_id": user_id} if tenant_id is None else {"user_id": user_id, "tenant_id": tenant_id}
        await self._sessions.raw.delete_many(where)


def _refuse_faults(email: str, display_name: str) -> None:
    faults = []
    if not EMAIL_PATTERN.fullmatch(email):
        faults.append(DomainError("EMAIL_INVALID", f"{email!r} is not an e-mail address", ("email",)))
    if not 1 <= len(display_name.strip()) <= MAX_DISPLAY_NAME:
        message = f"a name has 1 to {MAX_DISPLAY_NAME} characters"
        faults.append(DomainError("DISPLAY_NAME_INVALID", message, ("display_name",)))
    if faults:
        raise DomainErrors(faults)
