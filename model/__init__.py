"""Part of engels."""
