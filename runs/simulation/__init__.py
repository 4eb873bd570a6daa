"""From a scenario to a solved run."""
