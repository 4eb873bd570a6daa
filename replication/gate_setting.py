"""A setting of GATE (Erdil et al. 2025): the numbers of :mod:`engels.replication.gate_planner`.

Money is in dollars of 2025, rates are per year, compute is in FLOP (a year).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Efficiency:
    """Progress of hardware (FLOP a year per dollar) or of software (effective FLOP per FLOP)."""

    first: float
    most: float
    growth: float  # a year, at the first year's input
    spent: float  # dollars in the first year
    scale: float  # lambda
    returns: float  # r
    elasticity: float  # gamma

    @property
    def fishing_out(self) -> float:
        """phi = (lambda / gamma) / r"""
        return self.scale / self.elasticity / self.returns

    @property
    def room(self) -> float:
        """log(max / first)"""
        return math.log(self.most / self.first)


@dataclass(frozen=True)
class Gate:
    """All parameters, with the paper's symbols."""

    requirement: float  # log10 T, effective FLOP
    gap: float  # Delta_f: share of the way from the first training run to T that f takes
    automated: float  # f0
    inference: float  # log10 iota
    slope: float  # m
    runtime: float  # gamma0
    runtime_slope: float  # gamma1
    training: float  # C_T(0)
    compute: float  # C(0)
    compute_limit: float  # C_L
    compute_exponent: float  # chi
    compute_time: float  # a_Q
    compute_wear: float  # delta_Q
    hardware: Efficiency
    software: Efficiency
    substitution: float  # rho
    capital_share: float  # alpha
    discount: float  # beta
    risk_aversion: float  # eta
    output: float  # Y(0)
    labour: float  # L(0)
    labour_growth: float  # g_L
    capital: float  # K(0)
    capital_time: float  # a_K
    capital_wear: float  # delta_K

    @property
    def first_run(self) -> float:
        """log10 of the first training run."""
        return math.log10(self.training)

    @property
    def span(self) -> float:
        """Orders of magnitude of training over which tasks become automatic (Delta)."""
        return self.gap * (self.requirement - self.first_run)

    @property
    def threshold(self) -> float:
        """log10 of the training that automates the first task beyond f0."""
        return self.requirement - self.span

    @property
    def per_task(self) -> float:
        """Orders of magnitude of training per share of tasks beyond f0."""
        return self.span / (1 - self.automated)

    def learned(self, run: float) -> float:
        """Share of tasks that can be automated after a training run of 10^``run`` (eq. 2 and 13)."""
        reached = run + self.inference / self.slope
        beyond = (reached - self.threshold) / self.per_task
        return min(1.0, self.automated + max(0.0, beyond))
