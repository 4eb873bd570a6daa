"""Scenarios: their form, their checks, their paths of drivers, and the library."""
