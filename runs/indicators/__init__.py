"""Figures made from those of a run: deviations, the pause, inequality, headlines and their labels."""
