"""Occupations of the United States and their scores."""

from __future__ import annotations

import pytest

from engels.data import load_occupation_links, load_occupation_scores, load_occupations

PUBLISHED_TOTAL = 140.886310  # million, "All Occupations" of OEWS May 2021
COUNTS = {"eloundou": 923, "frey": 702, "felten": 774, "microsoft": 785}


def test_employment_sums_to_the_published_total() -> None:
    frame = load_occupations()
    assert frame["occupation"].str.fullmatch(r"\d\d-\d{4}").all()
    assert frame["employment"].sum() == pytest.approx(PUBLISHED_TOTAL, rel=1e-4)
    assert frame["wage"].between(20_000, 400_000).all()
    hourly = frame.loc[frame["wage_basis"] == "hourly x 2080", "occupation"]
    assert len(hourly) == 5 and hourly.str.startswith("27-2").all()  # performers


def test_scores_are_those_of_the_sources() -> None:
    frame = load_occupation_scores()
    wide = frame.pivot(index="code", columns="vector", values="score")
    for vector, count in wide.count().items():
        assert count == COUNTS[str(vector).split("_")[0]], vector
    shares = [v for v in wide if not str(v).startswith("felten")]
    assert wide[shares].min().min() >= 0.0 and wide[shares].max().max() <= 1.0
    for labels in ("eloundou_", "eloundou_human_"):
        alpha, beta, gamma = (wide[labels + m] for m in ("alpha", "beta", "gamma"))
        assert (beta - (alpha + gamma) / 2).abs().max() < 1e-5
        assert (alpha.isna() == gamma.isna()).all()
        assert (alpha.dropna() <= gamma.dropna() + 1e-9).all()
    # Telemarketers and recreational therapists are the two ends of Frey and Osborne's list.
    assert wide["frey_osborne"].max() == wide.at["41-9041", "frey_osborne"] == 0.99
    assert wide["frey_osborne"].idxmin() == "29-1125"
    # Standardised over occupations.
    for vector in ("felten", "felten_lm"):
        assert wide[vector].mean() == pytest.approx(0.0, abs=0.01)
        assert wide[vector].std() == pytest.approx(1.0, abs=0.01)


def test_links_lead_from_known_occupations_to_known_codes() -> None:
    links, codes = load_occupation_links(), load_occupation_scores()["code"].str[:7]
    assert set(links["occupation"]) <= set(load_occupations()["occupation"])
    assert set(links["code"]) <= set(codes)
    assert (links["occupation"] != links["code"]).all()
