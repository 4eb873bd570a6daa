"""The model: algebra, the economy, its blocks, solving, and what a solution says."""
