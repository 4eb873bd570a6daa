"""``engels`` and ``python -m engels``. Ctrl-C is heard from the first line on."""

from __future__ import annotations

import sys

from engels.runs.console.exits import guarded, hear_interrupts


def main() -> None:
    """Entry point of the ``engels`` command."""
    hear_interrupts()

    def work() -> int:
        from engels.runs.cli.main import command

        return command(sys.argv[1:])

    sys.exit(guarded(work, sys.argv[1:]))


if __name__ == "__main__":
    main()
