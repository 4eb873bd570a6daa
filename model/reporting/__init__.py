"""What a solution says: every indicator, as functions of a solution alone."""
