"""Algebra for any economy: nests, equilibrium, complementarity, accumulation, demand, saving."""
