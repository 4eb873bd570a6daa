"""A scenario to begin with: ``engels new NAME``."""

from __future__ import annotations

from pathlib import Path

from engels.data import EngelsInputError
from engels.runs.scenarios.variant import check_name

TEMPLATE = Path(__file__).parent / "template.yaml"


def write_template(name: str, folder: Path) -> Path:
    """Write ``folder/NAME.yaml`` and return it.

    Raises EngelsInputError where ``name`` is none, or the file is there already: it stays as it is.
    """
    name = name.removesuffix(".yaml")
    check_name("name", name)
    file = folder / f"{name}.yaml"
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(TEMPLATE.read_text(encoding="utf-8").replace("NAME", name))
    except FileExistsError:
        raise EngelsInputError(
            f"{file}: is there already and is left as it is; choose another name"
        ) from None
    return file
