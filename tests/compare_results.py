"""Two folders of stored runs, figure by figure: ``make compare OLD=before NEW=results``.

Runs are matched by their place below the folders, and read from ``results.parquet`` itself, so that runs of
older versions can be compared, which the program would not read. The difference of a figure is

    |new - old| / the largest |value|, in either run, of that figure in any year

where a figure is a variable of a sector and group in a scenario; a figure that is below 1e-9 of its unit in
all years is compared in its unit. What only one of two runs has, and a changed unit, count as infinite; what
only the new one reports is told and allowed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

FILE = "results.parquet"
FIGURE = ["scenario", "variable", "sector", "group"]
NOTHING = 1e-9
"""Below this, in its unit, a figure is none."""


def runs(folder: Path) -> dict[str, Path]:
    """The stored runs anywhere below a folder, by their place in it."""
    return {p.parent.relative_to(folder).as_posix(): p for p in sorted(folder.rglob(FILE))}


def read(path: Path) -> pd.DataFrame:
    """All figures of a run and of its reference."""
    frame = pd.read_parquet(path, columns=[*FIGURE, "year", "value", "unit"])
    text = [*FIGURE, "unit"]
    return frame.astype({**dict.fromkeys(text, str), "year": int, "value": float})


def differences(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """The figures of both, with a column ``difference``; those that are new are left out."""
    both = old.merge(new, how="left", on=[*FIGURE, "year"], suffixes=("_old", "_new"))
    before, after = both["value_old"].to_numpy(), both["value_new"].to_numpy()
    each = pd.Series(np.fmax(np.abs(before), np.abs(after)), both.index)
    size = each.groupby([both[name] for name in FIGURE]).transform("max").to_numpy()
    with np.errstate(invalid="ignore"):
        gap = np.abs(after - before) / np.where(size > NOTHING, size, 1.0)
    same = (before == after) | (np.isnan(before) & np.isnan(after) & both["unit_new"].notna())
    gap = np.where(same, 0.0, np.where(np.isfinite(gap), gap, np.inf))
    gap = np.where(both["unit_old"] == both["unit_new"], gap, np.inf)
    return both.assign(difference=gap, in_unit=np.abs(after - before))


def place(row: pd.Series) -> str:
    """Where a difference is, and what it is."""
    parts = [row["scenario"], row["variable"], row["sector"], row["group"], str(row["year"])]
    values = f"{row['value_old']!r} -> {row['value_new']!r}"
    return f"{' '.join(x for x in parts if x)}: {values}"


def compare(old: Path, new: Path, tolerance: float, everything: bool) -> bool:
    """Print the largest difference of every run, by variable where it is above; whether none is."""
    before, after = runs(old), runs(new)
    if not before:
        print(f"{old} holds no stored run", file=sys.stderr)
        return False
    good, worst, absolute, count = True, 0.0, 0.0, 0
    for name, path in before.items():
        if name not in after:
            print(f"{name}: is not in {new}")
            good = False
            continue
        ours, theirs = read(after[name]), read(path)
        found = differences(theirs, ours)
        largest = found.loc[found.groupby("variable")["difference"].idxmax()]
        largest = largest.sort_values("difference", ascending=False)
        top = float(largest["difference"].iloc[0])
        more = len(ours) - int(found["unit_new"].notna().sum())
        also = f"; {more:,} figures are new" if more else ""
        print(f"{name}: {len(found):,} figures, largest difference {top:.1e}{also}")
        for _, row in largest.iterrows():
            if everything or row["difference"] > tolerance:
                print(f"  {row['difference']:.1e}  {place(row)}")
        good &= top <= tolerance
        worst, count = max(worst, top), count + 1
        absolute = max(absolute, float(found["in_unit"].max()))
    for name in sorted(after.keys() - before.keys()):
        print(f"{name}: is new")
    print(
        f"{count} runs compared, largest difference {worst:.1e} of a figure's size ({absolute:.1e} in "
        f"units), tolerance {tolerance:.0e}"
    )
    return good


def main() -> int:
    """Entry point; 1 where a figure differs by more than the tolerance, or a run or figure is gone."""
    parser = argparse.ArgumentParser(description="Two folders of stored runs, figure by figure.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-9)
    parser.add_argument("--all", action="store_true", help="every variable of every run")
    chosen = parser.parse_args()
    return 0 if compare(chosen.old, chosen.new, chosen.tolerance, chosen.all) else 1


if __name__ == "__main__":
    sys.exit(main())
