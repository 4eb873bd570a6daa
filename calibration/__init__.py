"""From figures to a benchmark: accounts, SAM, AI and compute, elasticities, baseline path."""

from engels.calibration.benchmark import BaselinePath, Benchmark, Compute, Elasticities, SectorMap
from engels.calibration.calibrate import calibrate
from engels.calibration.composition import classify
from engels.calibration.identities import check_benchmark
from engels.calibration.mapping import Aggregation, available, load_aggregation
from engels.calibration.parameters import Parameters, load_parameters
from engels.calibration.sam import build_sam, check_sam
from engels.calibration.summary import describe, report

__all__ = [
    "Aggregation",
    "BaselinePath",
    "Benchmark",
    "Compute",
    "Elasticities",
    "Parameters",
    "SectorMap",
    "available",
    "build_sam",
    "calibrate",
    "check_benchmark",
    "check_sam",
    "classify",
    "describe",
    "load_aggregation",
    "load_parameters",
    "report",
]
