"""Blocks that a run may switch on, one file each."""
