"""Equations and variables in words: what a failed solve or a diagnosis says to its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import Any

from engels.model.algebra.declaration import DEPTH, Equation
from engels.model.algebra.written import bound
from engels.model.blocks.declarations import VARIABLES
from engels.model.equations.appendix import EQUATIONS

SHOWN = 5
"""Series of variables or equations that one list shows."""

_DRIVERS: dict[str, str] = {
    "ai_productivity": "AI productivity, {0}",
    "automation_depth": "automation depth, {0}",
    "automation_depth_sector": "automation depth of sector {0}, {1}",
    "labour_task_share": "labour's share of tasks, {0}",
    "markup": "markup of sector {0}, {1}",
    "markup_common": "markup common to all sectors, {0}",
    "chip_quota": "import quota on chips for {0}, {1}",
    "chip_tariff": "tariff on chips for {0}, {1}",
    "chip_world_price": "world price of chips for {0}, {1}",
    "chip_quality_domestic": "quality of domestic chips, {0}",
    "compute_build": "compute capacity installed per unit of investment, {0}",
    "compute_utilisation": "utilisation of compute capacity, {0}",
    "ai_tax": "tax on AI services, {0}",
    "compute_subsidy": "subsidy to compute investment, {0}",
    "production_tax_rate": "production tax of sector {0}, {1}",
    "import_tariff": "import tariff on good {0}, {1}",
    "tfp_sector": "productivity of sector {0}, {1}",
    "risk_premium": "risk premium of sector {0}, {1}",
    "world_demand": "world demand, {0}",
    "world_price_imports": "world price of good {0}, {1}",
    "foreign_saving": "foreign saving, {0}",
    "government_consumption": "government purchases, {0}",
    "government_saving": "government saving, {0}",
    "inventory": "inventory change, {0}",
    "labour_endowment": "labour endowment of skill {0}, {1}",
    "numeraire": "numeraire (price level), {0}",
    "diffusion_speed": "speed of diffusion in sector {0}, {1}",
    "adoption_ceiling": "ceiling of adoption in sector {0}, {1}",
    "coordination_failure": "coordination failure, {0}",
    "infrastructure_threshold": "threshold of infrastructure, {0}",
    "learning_rate": "rate of learning from use, {0}",
    "frontier_ai": "quality of AI at the frontier, {0}",
    "open_source": "spillover from open sources, {0}",
    "internalisation": "share of learning that is internalised, {0}",
    "idea_search": "success in finding ideas (theta), {0}",
    "idea_access": "access to knowledge (phi), {0}",
    "research_efficiency": "efficiency of research, {0}",
    "research_time": "effective research labour, {0}",
    "energy_intensity": "electricity per unit of compute, {0}",
    "pue": "power usage effectiveness, {0}",
    "power_limit": "limit of the grid, {0}",
    "storage_limit": "limit of storage, {0}",
    "data_cost": "goods needed for a unit of data, {0}",
    "algorithm_efficiency": "efficiency of algorithms, {0}",
    "mobility": "mobility of labour between sectors, {0}",
    "reinstatement": "new tasks per automated task, {0}",
    "need": "need of good {0}, {1}",
    "adoption_cost": "adoption cost of small firms, {0}",
    "markup_response": "response of large firms' markup, {0}",
    "access_wedge": "access wedge, {0}",
    "output_tax": "output tax, {0}",
    "ai_subsidy": "subsidy to users of AI, {0}",
    "service_subsidy": "subsidy to personal services, {0}",
    "basic_income": "basic income, {0}",
    "programme_small_firms": "aid for small firms, {0}",
    "programme_chips": "public research on chips, {0}",
    "programme_open_source": "open-source programme, {0}",
    "programme_standards": "standards programme, {0}",
    "programme_talent": "talent programme, {0}",
    "programme_loans": "training loans, {0}",
    "programme_flexible_work": "flexible-work programme, {0}",
    "programme_competition": "competition policy, {0}",
    "programme_data_law": "data law, {0}",
}


def _with_year(label: str, parts: int) -> str:
    """A label with the year, the last of ``parts`` of an index, behind it where its place is not named."""
    year = f"{{{parts - 1}}}"
    return label if year in label else f"{label}, {year}"


def _equation(e: Equation) -> str:
    # a condition at the horizon has no year
    yearly = bool(e.index) and e.index[-1].startswith("t in ")
    return _with_year(e.label, len(bound(e.index))) if yearly else e.label


_EQUATIONS = {e.name: _equation(e) for e in EQUATIONS.values()}
_VARIABLES = _DRIVERS | {
    name: _with_year(v.label, sum(DEPTH.get(s, 1) for s in v.index))
    for name, v in VARIABLES.items()
}


def in_words(family: str, index: object) -> str:
    """The equation ``family[index]`` in words; its plain name where no words are written for it."""
    return _told(_EQUATIONS, family, index)


def variable_in_words(name: str, index: object) -> str:
    """The variable ``name[index]`` in words; its plain name where no words are written for it.

    The year may be text, such as ``2026-2050``.
    """
    if name == "ai_use" and isinstance(index, tuple) and index[1] == "all":
        return f"AI services bought by sector {index[0]}, {index[2]}"
    return _told(_VARIABLES, name, index)


def families() -> frozenset[str]:
    """Equation families that have words."""
    return frozenset(_EQUATIONS)


def variables_with_words() -> frozenset[str]:
    """Variables that have words."""
    return frozenset(_VARIABLES)


def _places(template: str) -> list[int]:
    return [int(place) for _, place, _, _ in Formatter().parse(template) if place]


def _told(table: dict[str, str], name: str, index: object) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    template = table.get(name)
    # another economy may use a name of this one for something with fewer indices
    if template is not None and len(parts) > max(_places(template), default=-1):
        return template.format(*parts)
    return name if index is None else f"{name}[{','.join(map(str, parts))}]"


class Speaker:
    """Names in words, with sectors by code and label, and years put together."""

    def __init__(self, labels: Mapping[str, Mapping[str, str]]) -> None:
        self._label = {
            code: f"{code} ({label['en']})"
            for code, label in labels.items()
            if label.get("en", code) != code
        }

    def _index(self, index: Any) -> Any:
        if isinstance(index, tuple):
            return tuple(self._label.get(x, x) for x in index)
        return self._label.get(index, index)

    def equations(self, found: Iterable[Any], limit: int = SHOWN) -> str:
        return self._told(in_words, found, limit)

    def variables(self, found: Iterable[Any], limit: int = SHOWN) -> str:
        return self._told(variable_in_words, found, limit)

    def _told(self, tell: Callable[[str, object], str], found: Iterable[Any], limit: int) -> str:
        """In words, the years of one series together."""
        series: dict[tuple[str, tuple[Any, ...]], list[Any]] = {}
        for x in found:
            index = x.index()
            key = index if isinstance(index, tuple) else (index,)
            series.setdefault((x.parent_component().local_name, key[:-1]), []).append(key[-1])
        told = []
        for (name, key), last in series.items():
            for span in _spans(last):
                told.append(tell(name, self._index((*key, span) if key else span)))
        more = len(told) - limit
        return "; ".join(told[:limit]) + (f"; and {more:,} more" if more > 0 else "")


def _spans(last: Sequence[Any]) -> list[Any]:
    """Years as one text such as ``2026, 2030-2050``; what is no year as it is."""
    if len(last) < 2 or not all(isinstance(x, int) for x in last):
        return list(last)
    spans: list[list[int]] = []
    for x in sorted(last):
        if spans and x == spans[-1][1] + 1:
            spans[-1][1] = x
        else:
            spans.append([x, x])
    return [", ".join(f"{a}" if a == z else f"{a}-{z}" for a, z in spans)]


def counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
