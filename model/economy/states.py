"""Variables that are given in the first year, or held at the baseline's own path."""

STOCKS = (
    "capital",
    "compute_capacity",
    "adoption_odds",
    "intangible",
    "learned",
    "application",
    "knowledge",
    "construction",
    "chip_learned",
    "wage_memory",
    "attached",
    "trained",
    "reinstated",
    "public_debt",
    "chip_research",
)
"""States: given in the first year, and carried from year to year where years are solved one by one."""

REFERENCES = {
    "learning_gap": "ai_reference",
    "knowledge_gap": "knowledge_reference",
    "chip_gap": "chip_reference",
    "mobility_gap": "mobility_reference",
    "advantage_gap": "advantage_reference",
}
"""Distance from the baseline, and the baseline's own path: the forecast closure sets the distance to zero
and finds the path, the policy closure holds the path."""
