"""How the command ends: exit codes, one line for every fault, Ctrl-C.

    0    done
    1    a solve or a certificate failed, or the machine lacks something (solver, memory, disk)
    2    bad input: arguments, files, and folders that the user named and that cannot be used
    130  interrupted
    141  whoever read the output went away

This module is imported before anything else of the command: it must need the standard library alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

FAILED, BAD_INPUT, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141

LONGEST_WORD = 200
"""Characters of an argument, or of a word of a message, that are repeated whole."""
LONGEST_LINE = 1500
"""Characters of one line of a message."""
SHOWN = 60
"""Characters that are left of what is cut."""
LONGEST_ARGUMENT = 4096
"""Characters of an argument; no path is longer."""

PLACE = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EISDIR: "is a folder, and a file is needed",
    errno.ENOTDIR: "is a file, or lies in one, and a folder is needed",
    errno.EROFS: "lies on a file system that cannot be written",
    errno.EEXIST: "exists already",
    errno.ENOTEMPTY: "is a folder that is not empty",
    errno.ENAMETOOLONG: "the name is too long for the file system",
    errno.ELOOP: "is a circle of symbolic links",
    errno.EINVAL: "is no name that the file system takes",
}
"""Faults of a place that the user named; every other fault of the system is the machine's."""

MACHINE = {
    errno.ENOSPC: "the disk is full; make room and start again",
    errno.EDQUOT: "the quota of the disk is used up; make room and start again",
    errno.EMFILE: "too many files are open; raise `ulimit -n`",
    errno.ENOMEM: "not enough memory; give fewer --processes or a coarser --aggregation",
}

INTERRUPTED_LINE = (
    "interrupted; nothing of what was in progress is stored, what was finished before is"
)


# ---------------------------------------------------------------------- one line


def cut(text: str, length: int = SHOWN) -> str:
    """``text``, or its beginning and its size where it is longer than ``length``."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters)"


def one_line(text: str, arguments: Sequence[str] = ()) -> str:
    """A line fit for a terminal: no control characters, and nothing that goes on for pages.

    ``arguments`` are those of the command: a long one among them is cut wherever the message repeats it.
    """
    values = {
        part for a in arguments for part in (a, a.partition("=")[2]) if len(part) > LONGEST_WORD
    }
    for value in sorted(values, key=len, reverse=True):
        for form in (value, repr(value)[1:-1]):
            text = text.replace(form, cut(value))
    inset = " " * (len(text) - len(text.lstrip(" ")))
    words = [cut(word) if len(word) > 2 * LONGEST_WORD else word for word in text.split()]
    line = inset + " ".join(words)
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"


def say(text: str, arguments: Sequence[str] = ()) -> None:
    """One line on standard error; a terminal that is gone is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        print(one_line(text, arguments), file=sys.stderr, flush=True)


# ---------------------------------------------------------------------- arguments


def check_arguments(arguments: Sequence[str]) -> str | None:
    """What is wrong with the words of the command, whatever they mean; None where nothing is.

    SQL alone may have line breaks and be long: what follows ``query``, and ``--query``.
    """
    asks = "query" in arguments[:1]
    for number, given in enumerate(arguments, 1):
        option, equals, value = given.partition("=")
        named = option if given.startswith("--") and equals else f"argument {number}"
        value = value if named is option else given
        sql = asks or option == "--query" or "--query" in arguments[number - 2 : number - 1]
        if not value.strip():
            return f"{named}: is empty; write a value, or leave it out"
        try:
            value.encode()
        except UnicodeEncodeError as error:
            byte = ord(value[error.start]) - 0xDC00
            return (
                f"{named}: byte 0x{byte & 0xFF:02X} is not UTF-8; give names in UTF-8, and rename a "
                "file that has another"
            )
        strange = next((c for c in value if ord(c) < 32 or ord(c) == 127), None)
        if strange is not None and not (sql and strange in "\t\r\n"):
            what = (
                "a line break"
                if strange in "\r\n"
                else f"the control character U+{ord(strange):04X}"
            )
            return f"{named}: has {what} in it; no name, path or number does"
        if len(value) > LONGEST_ARGUMENT and not sql:
            return f"{named}: {cut(value)} is longer than any name, path or number"
    return None


# ---------------------------------------------------------------------- faults


def _known(module: str, name: str) -> tuple[type[BaseException], ...]:
    """An exception class of ours, where the module that has it was imported; else nothing."""
    found = getattr(sys.modules.get(module), name, None)
    return (found,) if isinstance(found, type) and issubclass(found, BaseException) else ()


def explain(error: BaseException) -> tuple[int, list[str]] | None:
    """Exit code and lines of a fault that a user should see as such; None for a fault of the program.

    An error of bad input may have several lines, one for each thing that is wrong.
    """
    if isinstance(error, _known("engels.data.errors", "EngelsInputError")):
        lines = str(error).splitlines()
        hint = "; see `engels diagnose`"
        return BAD_INPUT, [f"{x}{hint}" if "impossible closure" in x else x for x in lines]
    if isinstance(error, _known("engels.model.algebra.errors", "SettingError")):
        return BAD_INPUT, str(error).splitlines()
    ours = _known("engels.model.algebra.errors", "ModelError") + _known(
        "engels.runs.store.results", "ResultError"
    )
    if isinstance(error, ours):
        return FAILED, str(error).splitlines()
    if isinstance(error, (MemoryError, *_known("pyarrow.lib", "ArrowMemoryError"))):
        return FAILED, [MACHINE[errno.ENOMEM]]
    if isinstance(error, OSError) and error.errno is not None:
        where = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
        if where and error.errno in PLACE:
            return BAD_INPUT, [f"{where}: {PLACE[error.errno]}"]
        said = MACHINE.get(error.errno) or error.strerror or str(error)
        return FAILED, [f"{where or 'system'}: {said}"]
    return None


def output_is_gone() -> bool:
    """Whether nobody reads standard output any more (``engels show … | head``)."""
    try:
        watch = select.poll()
        watch.register(sys.stdout.fileno(), 0)
        return any(event & select.POLLERR for _, event in watch.poll(0))
    except (OSError, ValueError):
        return False


def _silence(stream: Any) -> None:
    """Have what is still in a stream's buffer go nowhere, so that the end of Python is quiet."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def guarded(work: Callable[[], int], arguments: Sequence[str] = ()) -> int:
    """The exit code of ``work``; a fault of the user or the machine becomes one line and its code."""
    try:
        code = work()
        if code != INTERRUPTED and _asked:
            return leave()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return leave()
    except BaseException as error:
        if _asked and not isinstance(error, SystemExit):
            return leave()  # whatever an interrupt was turned into on its way
        if isinstance(error, OSError) and output_is_gone():
            _silence(sys.stdout)
            return BROKEN_PIPE
        found = explain(error)
        if found is None:
            raise
        code, lines = found
        if isinstance(error, OSError) and error.filename is None:
            _silence(sys.stdout)  # a standard output that cannot be written
        for line in lines:
            say(line, arguments)
    return code


# ---------------------------------------------------------------------- Ctrl-C

_asked: list[int] = []


def leave() -> int:
    """Say that the command was interrupted and end what it started; the exit code."""
    _end_children()
    say(INTERRUPTED_LINE)
    return INTERRUPTED


def _end_children() -> None:
    """End the processes that this one has started (solvers, workers), and theirs."""
    if "psutil" not in sys.modules and "subprocess" not in sys.modules:
        return
    import psutil

    try:
        children = psutil.Process().children(recursive=True)
    except psutil.Error:
        return
    for child in children:
        with contextlib.suppress(psutil.Error):
            child.kill()
    psutil.wait_procs(children, timeout=3)


def _note(number: int, frame: FrameType | None) -> None:
    if _asked:
        _leave_at_once()  # asked twice: whatever keeps the first from being heard
    _asked.append(number)
    raise KeyboardInterrupt


def _leave_at_once(*_: object) -> None:
    leave()
    os._exit(INTERRUPTED)


def hear_interrupts() -> None:
    """Have Ctrl-C end in one line from now on.

    Python imports, callbacks and C libraries swallow an interrupt or turn it into another error: what
    cannot be raised ends the process there and then.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return  # ignored, as in the background of a shell, or the caller's own matter
    signal.signal(signal.SIGINT, _note)
    unraisable, uncaught = sys.unraisablehook, sys.excepthook

    def swallowed(found: sys.UnraisableHookArgs) -> None:
        if _asked:
            _leave_at_once()
        unraisable(found)

    def printed(*found: Any) -> None:
        if not _asked:
            uncaught(*found)

    sys.unraisablehook, sys.excepthook = swallowed, printed
