"""Places in a user interface that a plugin fills: the platform has none itself and hands the descriptions on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from distro_sdk.models.base import Model


class UIComponent(StrEnum):
    """How a slot is drawn: the entries of a list, the fields of one thing, or a form for the input of a mutation."""

    TABLE = "table"
    FIELDS = "fields"
    FORM = "form"


class UISlot(Model):
    """What is shown in one place.

    `key`: unique among all plugins; `slot`: the place: the admin page has ``dashboard``, ``release-page``,
    ``delivery-page``, ``target-page`` and ``plugin-page``; `document`: the GraphQL operation behind it, whose variable
    `id`, where it has one, is the global id of what the place is about, or the plugin's own id on its page. A form is a
    mutation of the plugin with the variable `input`, anything else a query.
    """

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
    slot: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
    component: UIComponent
    title: Annotated[str, Field(min_length=1, max_length=100)]
    document: Annotated[str, Field(min_length=1, max_length=5000)]
