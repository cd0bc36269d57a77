"""The MEAD message travels beside the release's own, which names it with its hash, in every version and layout."""

from __future__ import annotations

from dataclasses import replace

import pytest

from distro_core.messages.companions import AccompaniedPlan, build_companions
from distro_core.messages.planner import plan_message
from distro_plugins.batch import BatchChoreography
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern382 import Ern382Builder
from distro_plugins.mead11 import Mead11Builder
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.delivery import Batch, BatchedRelease, FileKind
from distro_sdk.models.enrichment import Enrichment
from distro_sdk.models.message import MessageOptions
from distro_sdk.xml import ParsedMessage, parse_message
from tests.catalogue_examples import LABEL, MOMENT, PLATFORM, example_order, example_release
from tests.unit.mead.examples import FULL

NAME = "MEAD_0094631432057_20261121093000000.xml"
CHOREOGRAPHY = BatchChoreography()


def accompanied() -> AccompaniedPlan:
    """The plan of an enriched release for a target that wants MEAD beside it."""
    complete = example_release()
    told = Enrichment.model_validate(FULL.model_dump())
    release = complete.release.model_copy(update={"enrichment": told})
    order = replace(example_order(), options=MessageOptions(companions=("mead/1.1",)))
    plan = plan_message(complete.model_copy(update={"release": release}), order)
    return build_companions(plan, {"mead/1.1": Mead11Builder()}, CHOREOGRAPHY.resource_uri)


def message_of(builder: MessageBuilder) -> ParsedMessage:
    """The release's own message."""
    return parse_message(builder.build(accompanied().plan))


@pytest.mark.proves("MEA-28")
def test_ern_4_names_it_among_its_supplemental_documents() -> None:
    (named,) = accompanied().plan.companions
    documents = message_of(Ern43Builder()).root.findall("SupplementalDocumentList/SupplementalDocument")

    assert [document.findtext("URI") for document in documents] == [NAME]
    assert documents[0].findtext("HashSum/HashSumValue") == named.file.hashes.md5


def test_ern_3_names_it_as_a_text_of_its_own_type() -> None:
    text = message_of(Ern382Builder()).root.find("ResourceList/Text")

    assert text is not None
    kind = text.find("TextType")
    assert kind is not None
    assert (kind.text, kind.get("UserDefinedValue")) == ("UserDefined", "MeadMessage")
    assert NAME in [element.text for element in text.iter("FileName", "URL")]


def test_it_lies_beside_the_message_in_the_batch() -> None:
    told = accompanied()
    batch = Batch(
        id="20261121093000000",
        created_at=MOMENT,
        sender=LABEL,
        recipient=PLATFORM,
        test=False,
        releases=(
            BatchedRelease(
                delivery_id="delivery",
                message_id=told.plan.message_id,
                message_file="message.xml",
                message=Ern43Builder().build(told.plan),
                subtype=told.plan.subtype,
                icpn=told.plan.release.icpn,
                companions=told.companions,
            ),
        ),
    )
    files = CHOREOGRAPHY.lay_out(batch).files
    beside = [file for file in files if file.kind is FileKind.COMPANION]
    message = next(file for file in files if file.kind is FileKind.MESSAGE)

    assert [(file.path, file.content) for file in beside] == [
        (f"{message.path.rpartition('/')[0]}/{NAME}", told.companions[0].content)
    ]
    assert files[-1].kind is FileKind.COMPLETION
