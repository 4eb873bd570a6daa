"""A process that has imported the command once and forks for every call of it.

Requests and answers are lines of JSON on standard input and output. A call runs in a process of its own,
with a limit on seconds and on memory, and everything that it started is ended with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn


def _import_all() -> None:
    """What the commands import late: it is not part of the time of a call."""
    import engels.runs.analysis.decompose_run
    import engels.runs.cli.main
    import engels.runs.cli.several
    import engels.runs.experiments.export
    import engels.runs.experiments.query
    import engels.runs.experiments.sensitivity
    import engels.runs.report.figures
    import engels.runs.simulation.simulate  # noqa: F401


def _child(request: dict[str, Any]) -> NoReturn:
    os.setsid()
    for number, name in ((1, "out"), (2, "err")):
        handle = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(handle, number)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(request["cwd"])
    os.environ |= request.get("environment", {})
    sys.argv = ["engels", *request["arguments"]]
    code = 0
    try:
        from engels.runs.cli.main import main

        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        if isinstance(stop.code, str):
            os.write(2, stop.code.encode(errors="replace"))
    except BaseException:  # noqa: BLE001  whatever comes out of main is what a user would see
        traceback.print_exc()
        code = 70
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _call(request: dict[str, Any]) -> dict[str, Any]:
    begin = time.monotonic()
    child = os.fork()
    if not child:
        _child(request)
    late = False
    while True:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() - begin > request["seconds"]:
            late = True
            os.kill(child, signal.SIGKILL)
            _, status, used = os.wait4(child, 0)
            break
        time.sleep(0.005)
    # what the call started and left behind
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "late": late,
        "seconds": time.monotonic() - begin,
        "cpu": used.ru_utime + used.ru_stime,
    }


def serve() -> None:
    """Answer requests until standard input ends."""
    _import_all()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_call(json.loads(line))), flush=True)


if __name__ == "__main__":
    if not Path("pyproject.toml").exists():
        raise SystemExit("run it in the repository's folder")
    serve()
