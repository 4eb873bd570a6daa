"""What is asked of solved runs: checks, comparisons, decompositions, subtotals, diagnosis."""
