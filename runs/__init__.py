"""Runs: scenarios in, results out."""
