"""Vectors of exposure: what is built from occupations, and what reaches the benchmark."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engels.calibration import calibrate, load_parameters, published
from engels.calibration import exposure as module
from engels.calibration.exposure import VECTORS, occupations, profile, sector_scores
from engels.calibration.factors import SKILLS
from engels.calibration.parameters import Parameter
from engels.data import EngelsInputError, load_exposure, load_occupation_scores, load_task_exposure
from engels.replication import eloundou_2023

SHARES = [name for name, vector in VECTORS.items() if vector.share]
PROFILES = ["assumed", "vector", "inverted_u", "increasing", "decreasing"]


def shape(vector: str) -> list[float]:
    return list(profile(vector, load_parameters()).values())


def test_the_default_is_language_modelling_with_an_assumed_shape() -> None:
    """Against the formula, from the file of industry means alone."""
    scores = load_exposure().set_index("sector")["lm_aiie"]
    by_sector = 0.30 + 0.10 * (scores - scores.mean()) / scores.std(ddof=0)
    b = calibrate("43")
    ours = [by_sector[s if s != "AI" else "31"] for s in b.sectors]
    assert b.exposure == pytest.approx(np.outer(ours, [0.6, 1.2, 1.0]), rel=1e-12)


def test_names_are_those_of_the_parameter_and_of_the_scores() -> None:
    assert list(VECTORS) == list(load_parameters().entries["exposure.vector"].choices)
    assert set(VECTORS) == set(load_occupation_scores()["vector"])


@pytest.mark.parametrize("vector", VECTORS)
def test_nearly_all_employment_has_a_score(vector: str) -> None:
    assert module.coverage(vector) > 0.96


def test_frey_and_osborne_put_nearly_half_of_employment_at_high_risk() -> None:
    """47% at 0.7 and more with the employment of 2010; here that of 2021.

    The largest difference is one occupation now, two then (0.39 and 0.74): with it 46% are reached.
    """
    ours = module.employment_share("frey_osborne", 0.7)
    assert ours == pytest.approx(0.437, abs=0.0005)
    aides = occupations().loc["31-1120"]
    assert aides["frey_osborne"] == pytest.approx((0.39 + 0.74) / 2)
    scored = occupations().dropna(subset=["frey_osborne"])["employment"].sum()
    assert ours + aides["employment"] / scored == pytest.approx(0.47, abs=0.011)


def test_eloundou_expose_four_workers_in_five_a_little_and_one_in_five_by_half() -> None:
    """80% of workers with a tenth of their tasks, 19% with half of them: beta, labels of people.

    With the employment of 2021 it is a point and a half more of the first, and as many of the second.
    """
    human = "eloundou_human_beta"
    assert module.employment_share(human, 0.1) == pytest.approx(0.815, abs=0.0005)
    assert module.employment_share(human, 0.5, strict=True) == pytest.approx(0.194, abs=0.0005)
    # The labels of GPT-4 agree on the first and put more workers above one half.
    assert module.employment_share("eloundou_beta", 0.1) == pytest.approx(0.827, abs=0.0005)
    assert module.employment_share("eloundou_beta", 0.5, strict=True) == pytest.approx(
        0.261, abs=0.0005
    )


@pytest.mark.parametrize("shift", [-4e-7, 0.0, 4e-7])
def test_exactly_one_half_counts_whatever_the_last_digit(shift: float) -> None:
    """24.10% of workers in the paper's sense, not 23.98 or 23.5 by where a digit was cut."""
    frame = eloundou_2023.merged(each=False)
    moved = frame.assign(human_beta=frame["human_beta"] + shift)
    assert eloundou_2023.workers(moved, 0.5) == pytest.approx(24.0975, abs=1e-4)
    assert eloundou_2023.workers(moved, 0.5, strict=True) == pytest.approx(20.5162, abs=1e-4)
    thirds = pd.Series([1 / 3 + 2 / 3, 0.333333 + 0.666667, 0.1 + 0.2 + 0.7, 1.002]) / 2 + shift
    assert list(module.reaches(thirds, 0.5)) == [True] * 4
    assert list(module.reaches(thirds, 0.5, strict=True)) == [False] * 3 + [True]


def test_computers_threaten_low_wages_and_language_models_high_ones() -> None:
    low, middle, high = shape("frey_osborne")
    assert low > middle > high and high < 0.5
    for vector in VECTORS:
        if vector not in ("frey_osborne", "eloundou_alpha"):
            low, middle, high = shape(vector)
            assert low < middle < high, vector
    low, middle, high = shape("eloundou_alpha")
    assert low < high < middle


def test_thirds_agree_with_the_published_file_of_thirds() -> None:
    """tasks.csv was made elsewhere, from the occupations whose codes agree without links."""
    codes = load_occupation_scores().query("vector == 'eloundou_beta'")["code"].str[:7]
    own = occupations()[lambda frame: frame.index.isin(codes)]
    third = module.thirds(own["employment"])
    for line in load_task_exposure().itertuples():
        vector = f"eloundou_{'human_' if line.labels == 'human' else ''}{line.measure}"
        part = own[third == line.skill]
        mean = np.average(part[vector], weights=part["employment"])
        assert mean == pytest.approx(line.share, abs=5e-5), (vector, line.skill)
        assert part["employment"].sum() == pytest.approx(line.us_employment_million, abs=5e-4)


def test_thirds_are_thirds_and_ordered_by_wage() -> None:
    frame = occupations()
    shares = frame.groupby("third")["employment"].sum() / frame["employment"].sum()
    assert shares.to_numpy() == pytest.approx(np.full(3, 1 / 3), abs=0.01)
    wages = frame.groupby("third")["wage"].agg(["min", "max"])
    assert wages.at["low", "max"] <= wages.at["middle", "min"]
    assert wages.at["middle", "max"] <= wages.at["high", "min"]


def test_own_codes_come_first_and_linked_codes_are_averaged() -> None:
    frame = occupations()
    scores = load_occupation_scores().set_index(["vector", "code"])["score"]
    assert frame.at["41-9041", "frey_osborne"] == scores["frey_osborne", "41-9041"]
    developers = [scores["frey_osborne", c] for c in ("15-1132", "15-1133")]
    assert frame.at["15-1252", "frey_osborne"] == pytest.approx(np.mean(developers))
    parts = [scores["eloundou_beta", c] for c in ("11-1011.00", "11-1011.03")]
    assert frame.at["11-1011", "eloundou_beta"] == pytest.approx(np.mean(parts))


@pytest.mark.parametrize("vector", VECTORS)
def test_a_profile_averages_to_one_over_the_vector_s_employment(vector: str) -> None:
    frame = occupations().dropna(subset=[vector])
    weight = frame.groupby("third")["employment"].sum()[list(SKILLS)]
    assert np.average(shape(vector), weights=weight) == pytest.approx(1.0, rel=1e-12)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Four occupations, of which one is known to the sources under two other codes."""
    people = pd.DataFrame(
        {
            "occupation": ["1", "2", "3", "4"],
            "employment": [2.0, 1.0, 1.0, 2.0],
            "wage": [10.0, 20.0, 30.0, 40.0],
        }
    )
    rows = [("1", 0.1), ("2", 0.2), ("4", 0.6), ("3a", 0.3), ("3b", 0.5)]
    scores = [(vector, code, value) for vector in VECTORS for code, value in rows]
    links = pd.DataFrame({"occupation": ["3", "3", "4"], "code": ["3a", "3b", "3a"]})
    monkeypatch.setattr(published, "occupations", lambda: people)
    monkeypatch.setattr(
        published,
        "occupation_scores",
        lambda: pd.DataFrame(scores, columns=["vector", "code", "score"]),
    )
    monkeypatch.setattr(published, "occupation_links", lambda: links)
    for cached in (module.occupations, module.correlation):
        cached.cache_clear()
    yield
    for cached in (module.occupations, module.correlation):
        cached.cache_clear()


@pytest.mark.usefixtures("small")
def test_by_hand() -> None:
    parameters = load_parameters({"exposure.vector": "frey_osborne"})
    mean = (2 * 0.1 + 0.2 + 0.4 + 2 * 0.6) / 6
    assert module.level("frey_osborne", parameters) == pytest.approx(mean)
    expected = np.array([0.1, 0.3, 0.6]) / mean
    assert shape("frey_osborne") == pytest.approx(expected)
    # Without a zero of their own: mean 0.3 and a deviation of 0.1 for one of the scores.
    deviation = np.sqrt(
        np.average((np.array([0.1, 0.2, 0.4, 0.6]) - mean) ** 2, weights=[2, 1, 1, 2])
    )
    standard = (np.array([0.1, 0.3, 0.6]) - mean) / deviation
    assert shape("felten") == pytest.approx(1 + standard / 3)
    assert module.correlation("microsoft", "felten_lm") == pytest.approx(1.0)
    assert module.employment_share("felten", 0.4) == pytest.approx(0.5)
    assert module.employment_share("felten", 0.4, strict=True) == pytest.approx(1 / 3)


@pytest.mark.parametrize("vector", VECTORS)
def test_sector_scores_are_standardised_times_the_correlation(vector: str) -> None:
    scores = np.array(list(sector_scores(vector).values()))
    base = module.MEASURES[VECTORS[vector].sectors]
    slope = module.correlation(vector, base)
    assert scores.mean() == pytest.approx(0.0, abs=1e-12)
    assert scores.std() == pytest.approx(abs(slope), rel=1e-9)
    assert abs(slope) <= 1 + 1e-12
    assert (slope < 0) == (vector == "frey_osborne")


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("named", PROFILES)
def test_every_vector_and_profile_makes_a_benchmark(vector: str, named: str) -> None:
    b = calibrate("5", {"exposure.vector": vector, "exposure.skill_profile": named})
    assert (b.exposure > 0.0).all() and (b.exposure <= 0.95).all()
    assert vector in b.sources["exposure"] and named in b.sources["exposure"]
    # Nothing but the split of AI over its users may move in the accounts.
    assert b.gdp == pytest.approx(calibrate("5").gdp, rel=1e-12)


@pytest.mark.parametrize(
    ("named", "order"),
    [("inverted_u", (1, 0)), ("increasing", (2, 1, 0)), ("decreasing", (0, 1, 2))],
)
def test_named_shapes(named: str, order: tuple[int, ...]) -> None:
    e = calibrate("12", {"exposure.skill_profile": named}).exposure[:-1]
    for more, less in itertools.pairwise(order):
        assert (e[:, more] > e[:, less]).all()
    assert sum(load_parameters().values(f"exposure.{named}").values()) == pytest.approx(3.0)


def test_the_level_is_the_vector_s_own_or_the_assumed_one() -> None:
    def mean(**overrides: object) -> float:
        keys = {f"exposure.{name}": value for name, value in overrides.items()}
        return float(calibrate("43", keys).exposure[:-1, 2].mean())  # the shape of high is 1

    assert mean(vector="frey_osborne") == pytest.approx(module.mean("frey_osborne"))
    assert mean(vector="frey_osborne", level="assumed") == pytest.approx(0.30)
    assert mean(vector="felten") == pytest.approx(0.30)
    assert mean(vector="felten", mean=0.4, spread=0.05) == pytest.approx(0.40)


def test_the_spread_goes_with_the_level_and_the_correlation() -> None:
    b = calibrate("43", {"exposure.vector": "eloundou_beta"})
    spread = 0.10 * module.mean("eloundou_beta") / 0.30
    expected = spread * module.correlation("eloundou_beta", "felten_lm")
    assert b.exposure[:-1, 2].std() == pytest.approx(expected, rel=1e-9)


def test_frey_and_osborne_turn_the_sectors_round() -> None:
    ours, theirs = (
        calibrate("43", {"exposure.vector": name}).exposure[:-1, 2]
        for name in ("felten", "frey_osborne")
    )
    assert np.corrcoef(ours, theirs)[0, 1] < -0.99
    assert ours.argmax() == theirs.argmin()


@given(mean=st.floats(0.1, 0.6), spread=st.floats(0.0, 0.25), vector=st.sampled_from([*VECTORS]))
def test_exposure_stays_within_its_bounds(mean: float, spread: float, vector: str) -> None:
    keys = {"exposure.mean": mean, "exposure.spread": spread, "exposure.vector": vector}
    e = module.exposure(tuple(published.sectors("42").index), load_parameters(keys))
    assert e.shape == (42, 3)
    assert e.min() >= 0.03 * 0.6 - 1e-12 and e.max() <= 0.95


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"exposure.vector": "frey"}, r"'frey' is none of its choices; one of felten_lm, .*frey_o"),
        ({"exposure.vector": 1}, "1 is none of its choices"),
        ({"exposure.vector.high": "felten"}, "no such parameter"),
        ({"exposure.skill_profile": "U"}, "increasing, decreasing"),
        ({"exposure.mean": "felten"}, "'felten' is not a number"),
        ({"sector_map.file": "FILE.csv2"}, "packaged, FILE.csv"),
    ],
)
def test_a_name_that_is_no_choice_is_refused(overrides: dict[str, object], message: str) -> None:
    with pytest.raises(EngelsInputError, match=message):
        load_parameters(overrides)


def test_names_are_apart_from_numbers() -> None:
    parameters = load_parameters({"exposure.vector": "felten"})
    assert parameters.choice("exposure.vector") == "felten"
    named = parameters.named()
    assert named.loc["exposure.vector"].query("chosen").index.tolist() == ["felten"]
    assert "exposure.vector" in set(parameters.keys())
    assert "exposure.vector" not in parameters.frame().index
    with pytest.raises(KeyError, match=r"use \.choice"):
        parameters.number("exposure.vector")
    with pytest.raises(KeyError, match=r"use \.number"):
        parameters.choice("exposure.mean")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"value": "a", "choices": {"b": "…"}}, "none of b"),
        ({"value": "b", "choices": {"b": "…"}, "low": 0.0}, "neither low nor high"),
        ({"value": 1.0, "low": 0.0}, "needs low and high"),
        ({"value": "much", "low": 0.0, "high": 1.0}, "a name needs choices"),
    ],
)
def test_an_entry_is_a_number_with_bounds_or_a_name_with_choices(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Parameter.model_validate({"unit": "u", "source": "own", "mark": "assumed", **fields})
