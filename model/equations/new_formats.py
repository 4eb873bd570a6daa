"""New formats: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter

PARAMETERS = (
    Parameter(
        "variety_gain",
        ("adopters",),
        lambda m, b: (
            dict(zip(b.sectors, b.technology.new_formats.gain, strict=True))
            if b.technology.new_formats
            else {}
        ),
        "gain of variety from quality",
        "种类从质量获得的增益",
        r"\gamma^{V}",
        "new_formats.gain",
    ),
)

DEFINITIONS: tuple[Definition, ...] = ()

EQUATIONS = (
    Equation(
        "variety_definition",
        ("j in adopters", "t in years"),
        "log(variety[j, t]) == variety_gain[j] * adoption[j, t] * log(ai_quality[t])",
        "variety of home good {0}",
        "国产品{0}的种类",
    ),
)
