"""placeholder"""
from __future__ import annotations
Rows = dict[tuple[str, str, str, int], float]
def measure(m, b, ai_mode): return {}
