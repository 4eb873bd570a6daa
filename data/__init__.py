"""Figures and their sources.

``catalogue.yaml`` says of every file who published it, what was derived, which checks it passed;
``README.md`` tells the same to a reader. :func:`load_table` gives an input-output table of which
every identity has been checked; the other loaders give tidy frames.
"""

from engels.data.errors import EngelsInputError
from engels.data.files import load_catalogue
from engels.data.importer import Imported, import_matrix
from engels.data.lists import SectorList, nearest, official_lists, require_list
from engels.data.series import (
    load_cheer,
    load_concordance,
    load_elasticities,
    load_employment,
    load_exposure,
    load_macro,
    load_occupation_links,
    load_occupation_scores,
    load_occupations,
    load_sector_lists,
    load_sectors,
    load_skill_groups,
    load_skills,
    load_task_exposure,
)
from engels.data.table import FINAL_USES, VALUE_ADDED, IOTable, load_table, load_table_file
from engels.data.units import require_gdp

__all__ = [
    "FINAL_USES",
    "VALUE_ADDED",
    "EngelsInputError",
    "IOTable",
    "Imported",
    "SectorList",
    "import_matrix",
    "load_catalogue",
    "load_cheer",
    "load_concordance",
    "load_elasticities",
    "load_employment",
    "load_exposure",
    "load_macro",
    "load_occupation_links",
    "load_occupation_scores",
    "load_occupations",
    "load_sector_lists",
    "load_sectors",
    "load_skill_groups",
    "load_skills",
    "load_table",
    "load_table_file",
    "load_task_exposure",
    "nearest",
    "official_lists",
    "require_gdp",
    "require_list",
]
