"""Equations by Pyomo's own writer and AMPL's library: what compiled ones are compared with."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sp
from pyomo.repn.plugins.nl_writer import NLWriter

from engels.model.solving.newton import NewtonSystem
from engels.model.solving.shape import all_unknown
from engels.model.solving.solver_path import use_pynumero_asl

WRITER = {"export_defined_variables": False, "scale_model": False, "linear_presolve": False}
"""Named expressions are written out: the writer's own way to share them loses factors (Pyomo 6.10.1)."""


class Written:
    """A model's residuals and derivatives by AMPL's library, in the order of a compiled system."""

    def __init__(self, m: pyo.ConcreteModel, system: NewtonSystem, **options: Any) -> None:
        use_pynumero_asl()
        from pyomo.contrib.pynumero.interfaces.ampl_nlp import AslNLP

        with all_unknown(m), TemporaryDirectory() as folder:
            path = Path(folder) / "model.nl"
            with path.open("w", newline="\n", encoding="utf-8") as stream:
                info = NLWriter().write(m, stream, **{**WRITER, **options})
            self._nlp = AslNLP(str(path))
        place = {id(c): n for n, c in enumerate(info.constraints)}
        self._rows = np.array([place[id(c)] for c in system.constraints])
        # a variable may occur with a factor of zero alone, and is not written then
        place = {id(v): n for n, v in enumerate(info.variables)}
        assert place.keys() <= system.position.keys()
        self._from = np.array([system.position[k] for k in place])
        self._columns = np.array([place.get(id(v), -1) for v in system.variables])

    def residual(self, x: np.ndarray) -> np.ndarray:
        self._nlp.set_primals(x[self._from])
        found = np.asarray(self._nlp.evaluate_constraints()) - self._nlp.constraints_ub()
        return np.asarray(found[self._rows])

    def derivatives(self, x: np.ndarray) -> sp.csr_matrix:
        self._nlp.set_primals(x[self._from])
        matrix = self._nlp.evaluate_jacobian().tocsc()
        none = sp.csc_matrix((matrix.shape[0], 1))
        return sp.hstack([matrix, none]).tocsr()[self._rows][:, self._columns]
