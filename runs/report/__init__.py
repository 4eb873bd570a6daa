"""What a run looks like: figures, pages, lists."""
