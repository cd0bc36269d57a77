"""What a label remarks on a release: fields that the plugin adds to releases, and where interfaces show them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from distro_sdk.graphql import ExtendedModel, GraphQLApi, ModelExtension
from distro_sdk.models.catalogue import Release
from distro_sdk.ui import UIComponent, UISlot

PLUGIN = "release-diary"
NAMESPACE = "releaseDiary"

SHOWN = "query($id: ID!) { release(id: $id) { releaseDiary { mood occasion heardOn } } }"
ASKED = """mutation($id: ID!, $input: ReleaseDiaryRemarkInput) {
  releaseDiaryReleaseUpdate(input: { id: $id, values: $input }) { errors { code message path } }
}"""


class Remark(BaseModel):
    """What a label remarks on a release."""

    mood: Annotated[str | None, Field(description="How it sounds, in a word.", min_length=1, max_length=40)] = None
    occasion: Annotated[str | None, Field(description="What it was made for.", max_length=200)] = None
    heard_on: Annotated[date | None, Field(description="When somebody last listened to it.")] = None


API = GraphQLApi(
    NAMESPACE,
    "The diary of releases.",
    extensions=(ModelExtension(ExtendedModel.RELEASE, "What the label remarks on a release.", Remark),),
)

SLOTS = (
    UISlot(key="diary-remark", slot="release-page", component=UIComponent.FIELDS, title="Diary", document=SHOWN),
    UISlot(key="diary-form", slot="release-page", component=UIComponent.FORM, title="Write a remark", document=ASKED),
)


def remark_on(release: Release) -> Remark:
    """What is remarked on a release; nothing where nobody has."""
    return Remark.model_validate(release.extensions.get(PLUGIN, {}))
