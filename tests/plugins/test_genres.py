"""Genres: Genre Truth, the dictionaries of providers, and what becomes of a release's genre for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.scope import Scope
from distro_plugins.genres import GenresPlugin
from distro_plugins.genres.dictionary import GenreDictionary, GenreEntry, load_dictionary, load_mappings
from distro_plugins.genres.mapper import Step, TableMapper
from distro_plugins.genres.plugin import PROVIDER_VERSIONS, TRUTH_VERSION
from distro_sdk.genres import GenreMapper
from distro_sdk.models.catalogue import Genre
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.testing.genres import GenreMapperConformance

TRUTH = load_dictionary("truth", TRUTH_VERSION)
DICTIONARIES = {provider: load_dictionary(provider, version) for provider, version in PROVIDER_VERSIONS.items()}
MAPPERS = {mapper.provider: mapper for mapper in GenresPlugin().register_genre_mappers()}
HOUSE = Genre(name="Dance", code="DANCE-00", subgenre_name="House", subgenre_code="HOUSE-00")
CLASSICAL = Genre(name="Classical", code="CLASSICAL-00")
PLANNED_HOUSE = PlannedGenre(name="Dance", subgenre="House", code="DANCE-00", subgenre_code="HOUSE-00")


def genre(code: str) -> Genre:
    return Genre(name=TRUTH.entries[code].name, code=code)


class TestTruthMapper(GenreMapperConformance):
    @pytest.fixture
    def mapper(self) -> GenreMapper:
        return MAPPERS["truth"]

    @pytest.fixture
    def examples(self) -> Mapping[str, tuple[Genre, PlannedGenre | None]]:
        return {
            "a parent": (CLASSICAL, PlannedGenre(name="Classical", code="CLASSICAL-00")),
            "a child by its own code": (genre("HOUSE-00"), PLANNED_HOUSE),
            "a genre of no code": (Genre(name="Polka"), None),
        }


class TestBeatportMapper(GenreMapperConformance):
    @pytest.fixture
    def mapper(self) -> GenreMapper:
        return MAPPERS["beatport"]

    @pytest.fixture
    def examples(self) -> Mapping[str, tuple[Genre, PlannedGenre | None]]:
        return {
            "its own row": (HOUSE, PlannedGenre(name="House")),
            "nothing for a symphony": (CLASSICAL, None),
        }


@pytest.mark.proves("GEN-01")
def test_genre_truth_has_218_genres_in_two_levels() -> None:
    levels = Counter(entry.level for entry in TRUTH.entries.values())

    assert levels == {1: 49, 2: 169}
    assert all((entry.parent is None) == (entry.level == 1) for entry in TRUTH.entries.values())
    assert sum(any(child.parent == code for child in TRUTH.entries.values()) for code in TRUTH.entries) == 17


def test_three_names_of_genre_truth_belong_to_two_genres_each_and_no_path_does() -> None:
    names = Counter(entry.name for entry in TRUTH.entries.values())

    assert {name for name, count in names.items() if count > 1} == {"Latin Jazz", "Singer/Songwriter", "Soundtrack"}
    assert len(TRUTH.by_names) == len(TRUTH.entries)


@pytest.mark.proves("GEN-02")
@pytest.mark.parametrize(
    ("provider", "levels"),
    [
        ("apple", {1: 49, 2: 264}),
        ("beatport", {1: 36, 2: 75}),
        ("amazon", {1: 34, 2: 360, 3: 46}),
    ],
)
def test_each_dictionary_is_complete_and_every_code_leads_to_the_top(provider: str, levels: dict[int, int]) -> None:
    dictionary = DICTIONARIES[provider]

    assert Counter(entry.level for entry in dictionary.entries.values()) == levels
    for code, entry in dictionary.entries.items():
        path = dictionary.path(code)
        assert len(path) == entry.level
        assert path[0].parent is None
        assert path[-1] is entry


def test_apple_knows_all_of_genre_truth_under_the_same_codes() -> None:
    apple = DICTIONARIES["apple"].entries

    assert {code: apple[code].name for code in TRUTH.entries} == {
        code: entry.name for code, entry in TRUTH.entries.items()
    }


@pytest.mark.proves("GEN-21")
def test_both_sides_of_every_mapping_exist() -> None:
    for provider, table in load_mappings().items():
        assert set(table) <= set(TRUTH.entries)
        assert set(table.values()) <= set(DICTIONARIES[provider].entries)


@pytest.mark.parametrize("provider", ["truth", "apple", "amazon"])
def test_every_genre_of_genre_truth_has_a_place(provider: str) -> None:
    homeless = [code for code in TRUTH.entries if MAPPERS[provider].map(genre(code)) is None]

    assert homeless == []


@pytest.mark.parametrize("family", ["Classical", "Country", "Jazz", "Rock", "Blues", "Spoken Word", "Folk"])
def test_beatport_gets_nothing_that_is_not_electronic(family: str) -> None:
    codes = [code for code, entry in TRUTH.entries.items() if TRUTH.path(code)[0].name == family]

    assert codes
    assert [code for code in codes if MAPPERS["beatport"].map(genre(code)) is not None] == []


def test_beatport_never_gets_a_genre_that_its_editors_assign() -> None:
    beatport = DICTIONARIES["beatport"]
    editorial = {code for code, entry in beatport.entries.items() if entry.editorial}
    sendable = {entry.notation for entry in beatport.entries.values() if not entry.editorial}

    sent = {planned.name for code in TRUTH.entries if (planned := MAPPERS["beatport"].map(genre(code)))}

    assert len(editorial) == 6
    assert "BP-BASS-CLUB-00" in editorial
    assert sent <= sendable
    with pytest.raises(ValueError, match="beatport: only the provider itself assigns BP-BASS-CLUB-00"):
        TableMapper(TRUTH, beatport, {"BASS-00": "BP-BASS-CLUB-00"})


@pytest.mark.proves("GEN-14")
def test_beatport_gets_its_own_notation() -> None:
    mapper = TableMapper(TRUTH, DICTIONARIES["beatport"], {"HOUSE-00": "BP-140-GRIME"})

    assert mapper.map(HOUSE) == PlannedGenre(name="140 / Deep Dubstep / Grime | Grime")


@pytest.mark.proves("GEN-15")
def test_amazon_gets_its_own_notation_unescaped() -> None:
    assert MAPPERS["amazon"].map(HOUSE) == PlannedGenre(name="DANCE & ELECTRONIC/HOUSE")
    assert not any("&amp;" in (entry.notation or "") for entry in DICTIONARIES["amazon"].entries.values())


@pytest.mark.proves("GEN-05")
def test_two_providers_see_two_genres_of_one_release() -> None:
    seen = {provider: mapper.map(HOUSE) for provider, mapper in MAPPERS.items()}

    assert seen == {
        "truth": PLANNED_HOUSE,
        "apple": PLANNED_HOUSE,
        "beatport": PlannedGenre(name="House"),
        "amazon": PlannedGenre(name="DANCE & ELECTRONIC/HOUSE"),
    }


@pytest.mark.proves("GEN-12", "APL-03")
@given(st.sampled_from(sorted(TRUTH.entries)))
def test_apple_gets_its_codes_parent_first(code: str) -> None:
    planned = MAPPERS["apple"].map(genre(code))

    assert planned is not None
    path = [entry.code for entry in DICTIONARIES["apple"].path(code)]
    assert [told for told in (planned.code, planned.subgenre_code) if told] == path
    assert path[-1] == code


@pytest.mark.parametrize("provider", ["beatport", "amazon"])
def test_codes_that_no_shop_gave_are_never_told(provider: str) -> None:
    planned = [told for code in TRUTH.entries if (told := MAPPERS[provider].map(genre(code)))]

    assert planned
    assert {(told.code, told.subgenre_code) for told in planned} == {(None, None)}


@pytest.mark.proves("GEN-17")
@pytest.mark.parametrize(
    ("table", "fallback", "code", "step"),
    [
        (
            {"HOUSE-00": "BP-HOUSE-00", "DANCE-00": "BP-DANCE-POP-00", "*": "BP-TRAP-00"},
            "BP-DJ-TOOLS-00",
            "BP-HOUSE-00",
            Step.EXACT,
        ),
        ({"DANCE-00": "BP-DANCE-POP-00", "*": "BP-TRAP-00"}, "BP-DJ-TOOLS-00", "BP-DANCE-POP-00", Step.INHERITED),
        ({"*": "BP-TRAP-00"}, "BP-DJ-TOOLS-00", "BP-TRAP-00", Step.WILDCARD),
        ({"ROCK-00": "BP-TRAP-00"}, "BP-DJ-TOOLS-00", "BP-DJ-TOOLS-00", Step.FALLBACK),
        ({"ROCK-00": "BP-TRAP-00"}, None, None, Step.NONE),
    ],
)
def test_a_genre_is_looked_up_in_this_order(
    table: dict[str, str], fallback: str | None, code: str | None, step: Step
) -> None:
    mapper = TableMapper(TRUTH, DICTIONARIES["beatport"], table, fallback)

    assert mapper.resolve(HOUSE) == (step, code)


@pytest.mark.parametrize("broken", [{"DRUM-BASS-00": "BP-HOUSE-00"}, {"HOUSE-00": "BP-NOTHING"}])
def test_a_table_with_codes_that_do_not_exist_is_refused(broken: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"the table names genres that do not exist: (DRUM-BASS-00|BP-NOTHING)"):
        TableMapper(TRUTH, DICTIONARIES["beatport"], broken)


def test_a_genre_is_known_by_its_names_from_the_top_and_never_by_one_name() -> None:
    truth = MAPPERS["truth"]

    assert truth.map(Genre(name="Latin", subgenre_name="Latin Jazz")) == PlannedGenre(
        name="Latin", subgenre="Latin Jazz", code="LATIN-00", subgenre_code="LATIN-JAZZ-01"
    )
    assert truth.map(Genre(name="Jazz", subgenre_name="Latin Jazz")) == PlannedGenre(
        name="Jazz", subgenre="Latin Jazz", code="JAZZ-00", subgenre_code="LATIN-JAZZ-00"
    )
    assert truth.map(Genre(name="Latin Jazz")) is None


def test_a_dictionary_with_an_orphan_or_a_double_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from distro_plugins.genres import dictionary

    def rows(*codes: tuple[str, str]) -> None:
        made = [
            {"code": code, "name": code, "parent": parent, "level": "1", "notation": "", "editorial": "no"}
            for code, parent in codes
        ]
        monkeypatch.setattr(dictionary, "_rows", lambda _: iter(made))

    rows(("A", ""), ("A", ""))
    with pytest.raises(ValueError, match="some: the genre A stands twice"):
        load_dictionary("some", "1")
    rows(("A", "B"))
    with pytest.raises(ValueError, match="some: genres without their parents: A"):
        load_dictionary("some", "1")


@given(st.sampled_from(sorted(TRUTH.entries)))
def test_code_and_names_lead_to_the_same_genre(code: str) -> None:
    names = [entry.name for entry in TRUTH.path(code)]
    by_names = Genre(name=names[0], subgenre_name=names[1] if len(names) > 1 else None)

    for mapper in MAPPERS.values():
        assert mapper.map(by_names) == mapper.map(genre(code))


@given(
    st.builds(
        Genre, name=st.text("abc &<>/|", min_size=1, max_size=9).filter(str.strip), code=st.none() | st.text(max_size=9)
    )
)
def test_no_genre_whatever_is_an_error(strange: Genre) -> None:
    for mapper in MAPPERS.values():
        planned = mapper.map(strange)
        assert planned is None or planned.name


def test_a_three_level_path_keeps_its_ends() -> None:
    entries = {
        "A": GenreEntry("A", "Top", None, 1, None, editorial=False),
        "B": GenreEntry("B", "Middle", "A", 2, None, editorial=False),
        "C": GenreEntry("C", "Leaf", "B", 3, None, editorial=False),
    }
    mapper = TableMapper(TRUTH, GenreDictionary("deep", "1", entries), {"HOUSE-00": "C"})

    assert mapper.map(HOUSE) == PlannedGenre(name="Top", subgenre="Leaf", code="A", subgenre_code="C")


@pytest.mark.proves("GEN-04")
@pytest.mark.hook("register_genre_mappers")
async def test_every_tenant_has_the_mappers_without_a_table_of_its_own(label_a: Scope, label_b: Scope) -> None:
    for label in (label_a, label_b):
        assert {name: mapper.version for name, mapper in label.plugins.genre_mappers.items()} == {
            "truth": "1.0.0",
            "apple": "5.3.9",
            "beatport": "2025-05",
            "amazon": "2018-05",
        }
