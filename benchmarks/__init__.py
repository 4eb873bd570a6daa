"""Times and memory beside other models of the field."""
