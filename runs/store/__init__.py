"""Stored runs: complete or not there at all, sealed, and compared with what a new one would be."""
