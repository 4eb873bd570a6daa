"""Published results reproduced with the project's own code, and the China model beside them.

One module and one file of constants a study: ``acemoglu_2024.py`` holds formulas,
``acemoglu_2024.yaml`` every number with its unit, source and mark. ``engels replicate`` runs them.
"""
