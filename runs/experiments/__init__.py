"""Experiments: many runs from one file, solved by many processes, kept in one store.

A *batch file* (:mod:`form`) names scenarios and what is varied in them; a *design* (:mod:`designs`)
turns that into rows of values, and each row, with each scenario, is a *point* (:mod:`points`): a
scenario of its own, with an id that is the hash of everything its results depend on. Points are solved
by worker processes (:mod:`work`, :mod:`workers`), and one process writes what they report into the
*store* (:mod:`store`; :mod:`parts` reads it and says whether it is sound). ``engels batch`` does all of
it (:mod:`batch`); :mod:`query` and :mod:`export` read the store. :mod:`sensitivity` says how much
outputs depend on what varies: from the outputs of points (:mod:`samples`) to measures (:mod:`indices`)
and figures (:mod:`sensitivity_figures`).

The store of a batch is a folder::

    batch.yaml             the batch file as it was read
    manifest.json          design, seed, settings, code, hashes of inputs, versions
    plan.parquet           one row a point, in the order of the design:
                           number, point (id), scenario, the varied values, columns of the design
    index.json             the parts that count, with the SHA-256 of their files and of the three above
    points/NAME.parquet    one row a point that was tried: point, status (solved, failed), reason,
                           seconds, residual, certificate (JSON), solver, iterations, solves, steps,
                           worker, memory
    results/NAME.parquet   figures of the points of the same part: point, scenario, variable, sector,
                           group, year, value, reference, unit
    sensitivity/           what `engels sensitivity` made of it: tables and figures, and in made.json of what

``reference`` is the same figure in the run that the scenario is measured from, under the same
parameters. Points that the plan no longer asks for stay in the store; readers pass them over.
In SQL these are ``points`` (plan and outcome), ``results`` (with ``deviation``: per cent, points for
shares) and ``wide`` (a row for every point and year); see :mod:`query`.
"""
