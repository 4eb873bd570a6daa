"""The social accounting matrix of a benchmark, and the check that it balances.

Rows receive, columns pay. Accounts: activities ``a:<sector>``, commodities ``c:<sector>``, labour
by skill ``f:<skill>``, ``f:capital``, ``f:compute``, ``production_tax``, households
``h:<household>``, ``government``, ``saving_investment``, ``inventories``, ``rest_of_world``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError

TOLERANCE = 1e-10


def build_sam(benchmark: Benchmark) -> pd.DataFrame:
    """The base-year SAM, trillion yuan, square with equal row and column labels.

    AI services are a commodity like the others; chips for compute and imported components are in
    the commodity account of the chip sector. Private saving is what households do not consume,
    government saving is zero (a lump-sum tax on households closes its budget).
    """
    b = benchmark
    activities = [f"a:{sector}" for sector in b.sectors]
    commodities = [f"c:{sector}" for sector in b.sectors]
    skills = [f"f:{skill}" for skill in b.skills]
    households = [f"h:{household}" for household in b.households]
    accounts = [
        *activities, *commodities, *skills, "f:capital", "f:compute", "production_tax",
        *households, "government", "saving_investment", "inventories", "rest_of_world",
    ]  # fmt: skip
    sam = pd.DataFrame(0.0, index=pd.Index(accounts), columns=pd.Index(accounts))
    ai, chip = b.index(b.ai), b.index(b.chip_sector)

    use = b.intermediate.copy()
    use[:, ai] += b.compute.operation
    use[ai, :] += b.ai_purchases.sum(axis=1)
    sam.loc[commodities, activities] = use
    sam.loc[activities, commodities] = np.diag(b.output)
    sam.loc[skills, activities] = b.labour.T
    sam.loc["f:capital", activities] = b.capital
    sam.loc["f:compute", activities[ai]] = b.compute.rent
    sam.loc["production_tax", activities] = b.production_tax

    wages, profits = b.labour.sum(axis=0), float(b.capital.sum())
    sam.loc[households, skills] = (wages[:, None] * b.labour_owner).T
    sam.loc[households, "f:capital"] = profits * b.capital_owner
    sam.loc[households, "f:compute"] = b.compute.rent * b.capital_owner
    income = wages @ b.labour_owner + (profits + b.compute.rent) * b.capital_owner
    tax = float(b.government.sum() - b.production_tax.sum()) * b.transfer_owner
    sam.loc["government", "production_tax"] = b.production_tax.sum()
    sam.loc["government", households] = tax
    sam.loc[commodities, households] = b.consumption
    sam.loc["saving_investment", households] = income - tax - b.consumption.sum(axis=0)
    sam.loc[commodities, "government"] = b.government

    investment = b.investment + b.compute.other
    investment[chip] += b.compute.chips_domestic + b.compute.chips_imported
    sam.loc[commodities, "saving_investment"] = investment
    sam.loc["inventories", "saving_investment"] = b.inventory.sum()
    sam.loc[commodities, "inventories"] = b.inventory

    imports = b.imports.copy()
    imports[chip] += b.compute.chips_imported + b.compute.components_imported
    sam.loc["rest_of_world", commodities] = imports
    sam.loc[commodities, "rest_of_world"] = b.exports
    sam.loc["saving_investment", "rest_of_world"] = imports.sum() - b.exports.sum()
    return sam


def check_sam(sam: pd.DataFrame, tolerance: float = TOLERANCE) -> float:
    """Largest gap between an account's receipts and payments, relative to the largest account.

    Raises
    ------
    EngelsInputError
        Naming the account with the largest gap, when it is above ``tolerance``.
    """
    if list(sam.index) != list(sam.columns):
        raise EngelsInputError("SAM", "rows and columns differ", "the same accounts in one order")
    receipts, payments = sam.sum(axis=1), sam.sum(axis=0)
    gap = receipts - payments
    size = float(receipts.abs().max())
    worst = str(gap.abs().idxmax())
    relative = abs(float(gap[worst])) / size
    if not relative <= tolerance:
        raise EngelsInputError(
            f"SAM, account {worst}",
            f"receives {receipts[worst]:.9g}, pays {payments[worst]:.9g}, gap {gap[worst]:.3g}",
            f"they must agree to {tolerance:g} of the largest account ({size:.6g})",
        )
    return relative
