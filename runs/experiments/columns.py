"""Columns of the store's tables."""

from __future__ import annotations

import pyarrow as pa

FORMAT = 2
"""Version of the layout that is written."""

FORMATS = (1, 2)
"""Versions that are read; a store of another one is refused. Format 1 had no checksums."""

POINTS = pa.schema(
    [
        ("point", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("seconds", pa.float64()),
        ("residual", pa.float64()),
        ("certificate", pa.string()),
        ("solver", pa.string()),
        ("iterations", pa.int64()),
        ("solves", pa.int64()),
        ("steps", pa.int64()),
        ("worker", pa.string()),
        ("memory", pa.float64()),
    ]
)
"""One row for every point that was tried; ``memory`` in megabytes, of the worker after the point."""

RESULTS = pa.schema(
    [
        ("point", pa.string()),
        ("scenario", pa.string()),
        ("variable", pa.string()),
        ("sector", pa.string()),
        ("group", pa.string()),
        ("year", pa.int32()),
        ("value", pa.float64()),
        ("reference", pa.float64()),
        ("unit", pa.string()),
    ]
)
"""One row for every figure of a solved point."""
