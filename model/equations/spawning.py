"""Spawning: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter

PARAMETERS = (
    Parameter(
        "spawning_gain",
        ("adopters",),
        lambda m, b: (
            dict(zip(b.sectors, b.technology.spawning.gain, strict=True))
            if b.technology.spawning
            else {}
        ),
        "gain of a sector from quality",
        "部门从质量获得的增益",
        r"\gamma^{A}",
        "spawning.gain",
    ),
    Parameter(
        "spawning_pace",
        (),
        lambda m, b: b.technology.spawning.pace if b.technology.spawning else 0.0,
        "pace of gains",
        "增益的速度",
        r"\pi^{A}",
        "spawning.pace",
    ),
)

DEFINITIONS: tuple[Definition, ...] = ()

EQUATIONS = (
    Equation(
        "spawning_law",
        ("j in adopters", "t in years"),
        "application[j, t + 1] == (1 - spawning_pace) * application[j, t] + "
        "spawning_pace * spawning_gain[j] * adoption[j, t] * log(ai_quality[t])",
        "productivity that sector {0} gains from AI",
        "{0}部门从人工智能获得的生产率",
    ),
)
