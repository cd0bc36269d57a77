"""Any deals of a plan, and when its releases are shown before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import strategies as st

from distro_sdk.models.commerce import CommercialModel, CommercialTerms, RightsClaimPolicy, Territories, UseType
from distro_sdk.models.message import (
    MessageSubtype,
    TakedownForm,
)
from distro_sdk.models.planned_releases import (
    PlannedDeal,
    PlannedTrackRelease,
    PlannedVisibility,
)
from tests.any_message_shape import Shape
from tests.any_release import prices, territories

uses = st.lists(st.sampled_from(tuple(UseType)), unique=True, min_size=1, max_size=3).map(tuple)
terms = st.one_of(
    st.builds(
        CommercialTerms,
        commercial_model=st.sampled_from(CommercialModel),
        use_types=uses,
        price=st.none() | prices,
    ),
    st.builds(
        CommercialTerms,
        commercial_model=st.just(CommercialModel.RIGHTS_CLAIM),
        use_types=st.just((UseType.USER_MAKE_AVAILABLE_USER_PROVIDED,)),
        claim_policy=st.sampled_from(RightsClaimPolicy),
    ),
)


@st.composite
def planned_deals(draw: st.DrawFn, shape: Shape, references: tuple[str, ...], start: date) -> tuple[PlannedDeal, ...]:
    takedown = shape.subtype is MessageSubtype.TAKEDOWN
    if takedown and shape.options.takedown_form is not TakedownForm.END_DATE:
        return ()
    where = draw(territories).model_copy()
    if "Worldwide" not in where.included:
        where = Territories(included=where.included)
    lasts = draw(st.integers(0, 400) if takedown else st.none() | st.integers(0, 400))
    ends = None if lasts is None else start + timedelta(days=lasts)
    common = {
        "territories": where,
        "channels": shape.options.channels,
        "excluded_channels": shape.options.excluded_channels,
    }
    price_code = draw(st.none() | st.just("TIER-3"))
    offered = draw(st.lists(terms, min_size=1, max_size=3))
    deals = [
        PlannedDeal(
            release_references=references, terms=deal, start_date=start, end_date=ends, price_code=price_code, **common
        )
        for deal in offered
    ]
    if not takedown and draw(st.booleans()):
        sale = CommercialTerms(commercial_model=CommercialModel.PAY_AS_YOU_GO, use_types=(UseType.PERMANENT_DOWNLOAD,))
        early = PlannedDeal(
            release_references=references[:1],
            terms=sale,
            start_date=start - timedelta(days=30),
            end_date=start - timedelta(days=1),
            pre_order=True,
            instant_gratification=draw(st.sampled_from(((), ("A1",)))),
            **common,
        )
        deals.insert(0, early)
    return tuple(deals)


def planned_visibilities(tracks: Sequence[PlannedTrackRelease], shown: date) -> tuple[PlannedVisibility, ...]:
    """The release, and its tracks if it has any, shown before any deal starts."""
    told = {
        "display_start": shown,
        "cover_art_start": shown + timedelta(days=1),
        "track_listing_start": shown + timedelta(days=2),
        "clip_start": shown + timedelta(days=3) if tracks else shown,
    }
    release = PlannedVisibility(reference="V0", release_references=("R0",), **told)
    if not tracks:
        return (release,)
    named = tuple(track.reference for track in tracks)
    return release, PlannedVisibility(reference="V1", release_references=named, track=True, **told)
