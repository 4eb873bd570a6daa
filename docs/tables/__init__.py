"""The tables and pictures of README.md and docs/*.md, made from the model.

    .venv/bin/python -m docs.tables --solve         solve what the tables need and is not stored yet
    .venv/bin/python -m docs.tables                 write tables and pictures from stored runs
    .venv/bin/python -m docs.tables --calibrated    write the tables that need no run
    .venv/bin/python -m docs.tables --page replication.md    one page alone, without the pictures

A table stands in a page between ``<!-- table NAME -->`` and ``<!-- end -->``; what is between them is
replaced. Names are the keys of ``CALIBRATED`` (from the calibration alone, in a second), ``solved``
(from stored runs) and ``replicated`` (from what `make replicate` stored). Nothing else in a page is touched.
"""

from .library import LIBRARY, OF_DOCS, PEOPLE, WITH_BLOCKS, Runs
from .pages import BLOCK, CALIBRATED, fill, solved
from .studies import replicated

__all__ = [
    "BLOCK",
    "CALIBRATED",
    "LIBRARY",
    "OF_DOCS",
    "PEOPLE",
    "WITH_BLOCKS",
    "Runs",
    "fill",
    "replicated",
    "solved",
]
