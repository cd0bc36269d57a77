"""Users of the tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Access, Info, loaded, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.nodes import Node, node_id
from distro_core.identity.documents import Role, UserDocument
from distro_core.identity.permissions import Permission
from distro_core.identity.users import UserService


def _role(root: strawberry.Parent[UserDocument], info: Info) -> Role | None:
    return root.role_in(info.context.caller.tenant_id)


@strawberry.type(description="A person who signs in.")
class User(Node):
    """A person who signs in."""

    model: ClassVar[type] = UserDocument

    id: strawberry.ID = node_id()
    email: str = strawberry.field(description="E-mail address, lower case.")
    display_name: str = strawberry.field(description="The name as it is shown.")
    role: Role | None = loaded(_role, "The role in your tenant.")
    last_login_at: datetime | None = strawberry.field(description="When the person signed in last.")
    created_at: datetime = strawberry.field(description="When the account was made.")


@strawberry.input(description="A person who is to belong to the tenant.")
class UserCreateInput:
    """A person who is to belong to the tenant."""

    email: str = strawberry.field(description="E-mail address.")
    display_name: str = strawberry.field(description="The name as it is shown, at most 100 characters.")
    role: Role = strawberry.field(description="The role in your tenant.")
    password: str | None = strawberry.field(
        default=None, description="At least 12 characters; left out for a person who has an account already."
    )


@strawberry.input(description="Changes of a member: what is left out stays.")
class UserUpdateInput:
    """Changes of a member."""

    id: strawberry.ID = strawberry.field(description="The user.")
    role: Role | None = strawberry.field(default=None, description="The role in your tenant.")
    display_name: str | None = strawberry.field(
        default=None, description="The name; only for a person who belongs to your tenant alone."
    )
    password: str | None = strawberry.field(
        default=None, description="A new password; only for a person who belongs to your tenant alone."
    )


@strawberry.input(description="Which user is to belong to the tenant no longer.")
class UserRemoveInput:
    """Which user is to belong to the tenant no longer."""

    id: strawberry.ID = strawberry.field(description="The user.")


@strawberry.input(description="Changes of your own account: what is left out stays.")
class MeUpdateInput:
    """Changes of one's own account."""

    display_name: str | None = strawberry.field(default=None, description="Your name as it is shown.")
    current_password: str | None = strawberry.field(default=None, description="Needed for a new password.")
    new_password: str | None = strawberry.field(
        default=None, description="At least 12 characters. Ends all your sessions: sign in again."
    )


@strawberry.type(description="What userCreate answers.")
class UserCreatePayload(Payload):
    """What userCreate answers."""

    user: UserDocument | None = strawberry.field(
        default=None, graphql_type=User | None, description="The user with the role."
    )


@strawberry.type(description="What userUpdate answers.")
class UserUpdatePayload(Payload):
    """What userUpdate answers."""

    user: UserDocument | None = strawberry.field(
        default=None, graphql_type=User | None, description="The user as it now is."
    )


@strawberry.type(description="What userRemove answers.")
class UserRemovePayload(Payload):
    """What userRemove answers."""

    removed_id: strawberry.ID | None = strawberry.field(default=None, description="The id of who was removed.")


@strawberry.type(description="What meUpdate answers.")
class MeUpdatePayload(Payload):
    """What meUpdate answers."""

    user: UserDocument | None = strawberry.field(
        default=None, graphql_type=User | None, description="Your account as it now is."
    )


@strawberry.type
class UserQueries:
    """Fields of Query."""

    @query(Permission.USER_MANAGE, "One user of the tenant.", returns=User)
    @staticmethod
    async def user(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The user.")]
    ) -> UserDocument:
        """One user of the tenant."""
        return await _service(info).get(local_id("User", id))

    @query(Permission.USER_MANAGE, "The users of the tenant, the first one first.", returns=Connection[User])
    @staticmethod
    async def users(info: Info, first: First = DEFAULT_PAGE, after: After = None) -> Connection[UserDocument]:
        """The users of the tenant."""
        return connection(await _service(info).page(first=first, after=after))


@strawberry.type
class UserMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.USER_MANAGE,
        UserCreatePayload,
        "Give a person a role in the tenant. Who has an account already keeps it, with its password.",
    )
    @staticmethod
    async def user_create(info: Info, input: UserCreateInput) -> UserCreatePayload:
        """Give a person a role in the tenant."""
        user = await _service(info).create(
            input.email, input.display_name, input.role, password=input.password, by=info.context.caller.actor
        )
        return UserCreatePayload(user=user)

    @mutation(Permission.USER_MANAGE, UserUpdatePayload, "Change a user of the tenant.")
    @staticmethod
    async def user_update(info: Info, input: UserUpdateInput) -> UserUpdatePayload:
        """Change a user of the tenant."""
        user = await _service(info).update(
            local_id("User", input.id, ("id",)),
            role=input.role,
            display_name=input.display_name,
            password=input.password,
        )
        info.context.state.authenticator.forget()
        return UserUpdatePayload(user=user)

    @mutation(
        Permission.USER_MANAGE,
        UserRemovePayload,
        "Take a person's role and sessions in the tenant away; an account that belongs nowhere else is deleted.",
    )
    @staticmethod
    async def user_remove(info: Info, input: UserRemoveInput) -> UserRemovePayload:
        """Take a person's role away."""
        await _service(info).remove(local_id("User", input.id, ("id",)))
        info.context.state.authenticator.forget()
        return UserRemovePayload(removed_id=input.id)

    @mutation(Access.SIGNED_IN, MeUpdatePayload, "Change your own account.")
    @staticmethod
    async def me_update(info: Info, input: MeUpdateInput) -> MeUpdatePayload:
        """Change one's own account."""
        user = await _service(info).change_own_account(
            info.context.user_id,
            display_name=input.display_name,
            current_password=input.current_password,
            new_password=input.new_password,
        )
        info.context.state.authenticator.forget()
        return MeUpdatePayload(user=user)


def _service(info: Info) -> UserService:
    return UserService(info.context.state.platform.control, info.context.caller.tenant_id)
