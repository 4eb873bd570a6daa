"""Folders that commands write: tried before the work, put in place whole, and nothing of a user's lost.

What is made is filled in a hidden folder beside its place, ``.engels-<host>-<process>-<token>``, and takes
the place in one step: a reader sees what was there before or what is there after, never a mixture and never
nothing, however the writer ends. Writers of one parent folder take turns for that step (``.engels.lock``).
What killed writers left is removed by the next one, by that name alone.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from engels.data import EngelsInputError

T = TypeVar("T")

LOCK = ".engels.lock"
WAIT = 120.0
"""Seconds that a writer waits for its turn, which takes the others a moment each."""

_HOST = re.sub(r"[^A-Za-z0-9]", "", socket.gethostname())[:32] or "here"
_OURS = re.compile(
    r"\.engels-(?P<host>[A-Za-z0-9]+)-(?P<process>\d+)-[0-9a-f]{8}(?:\.was-(?P<was>.+))?"
)


def writable(folder: Path, option: str = "--out") -> None:
    """Try whether files can be written to ``folder``, made with its parents where it is not there.

    Called before the work whose results go there. What is made for the trial is removed again.

    Raises EngelsInputError where they cannot, and OSError where the disk is full.
    """
    try:
        _again(lambda: _try_to_write(folder))
    except OSError as error:
        raise _told(error, folder, option) from None


def _try_to_write(folder: Path) -> None:
    made: list[Path] = []
    try:
        for place in reversed([folder, *folder.parents]):
            # a link to nothing exists to mkdir, and not to is_dir
            if not place.is_dir():
                place.mkdir()
                made.append(place)
        trial = folder / _own_name()
        trial.mkdir()
        made.append(trial)
        content = trial / "trial"
        try:
            content.write_bytes(b"engels")
        finally:
            content.unlink(missing_ok=True)
    finally:
        for place in reversed(made):
            with suppress(OSError):  # another process has written to it meanwhile
                place.rmdir()


CROSSED = 20
"""Times at most that another process's trial may take a folder away, or make it first."""


def _again(step: Callable[[], T]) -> T:
    """What ``step`` returns, tried again where folders come and go at the same moment."""
    for _ in range(CROSSED):
        try:
            return step()
        except (FileNotFoundError, FileExistsError):
            time.sleep(0.01)
    return step()


def _told(error: OSError, folder: Path, option: str) -> Exception:
    """The error of a folder that cannot be written: the user's, unless the machine lacks room."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        return OSError(error.errno, error.strerror, str(folder))
    blocking = next((p for p in (folder, *folder.parents) if _is_file(p)), None)
    why = f"{blocking} is a file" if blocking else str(error.strerror or error)
    return EngelsInputError(
        f"{folder}: cannot be written ({why}); choose another folder with {option}"
    )


def _is_file(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()
    except OSError:
        return False


def _placed(error: OSError, place: Path) -> OSError:
    """The error with the place in which something was to be written."""
    # pyarrow tells the system's number within its text
    told = re.search(r"\[errno (\d+)\]", str(error), re.IGNORECASE)
    number = error.errno or (int(told[1]) if told else errno.EIO)
    return OSError(number, os.strerror(number), str(place))


@contextmanager
def building(parent: Path, option: str = "--out") -> Iterator[Path]:
    """An empty hidden folder in ``parent``, which is made; it is removed in the end.

    Raises EngelsInputError where the place cannot be written.
    """

    def make() -> Path:
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        # mkdir, unlike mkdtemp, leaves it to the umask who may read
        folder = parent / _own_name()
        folder.mkdir()
        return folder

    try:
        folder = _again(make)
    except OSError as error:
        raise _told(error, parent, option) from None
    try:
        yield folder
    finally:
        # gone already where it took its place
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(parent: Path) -> Iterator[None]:
    """The turn of this process to put something into ``parent``.

    Raises EngelsInputError where another process does not end its own.
    """
    place = parent / LOCK
    lock = FileLock(place, timeout=WAIT, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise EngelsInputError(
            f"{place}: another process has been writing for {WAIT:.0f} s; wait for it or end it"
        ) from None
    try:
        yield
    finally:
        # who waits for the lock sees that its file is gone and makes another
        place.unlink(missing_ok=True)
        lock.release()


def put_folder(
    target: Path,
    write: Callable[[Path], object],
    *,
    allow: Callable[[], None] | None = None,
    ours: Callable[[Path], Iterable[str]] | None = None,
    option: str = "--out",
) -> None:
    """Have ``write`` fill an empty folder, which then takes the place of ``target``, whole.

    Parameters
    ----------
    target: the place; an earlier folder there is replaced.
    write: fills the folder that it is given.
    allow: called just before, in this process's turn; raises where the earlier folder must stay.
    ours: names (``a.csv``, ``figures/b.png``) of the files of the earlier folder that this program made.
        All others are a user's, and are kept. By default all are ours.
    option: what the place was chosen with, for messages.

    Raises EngelsInputError when the place cannot be written, and OSError, which names the place, where
    the disk is full; nothing has changed then.
    """
    with building(target.parent, option) as folder:
        try:
            write(folder)
            for path in folder.rglob("*"):
                if path.is_file():
                    with path.open("rb") as stream:
                        os.fsync(stream.fileno())
            with locked(target.parent):
                if allow is not None:
                    allow()
                if target.is_symlink() or (target.exists() and not target.is_dir()):
                    raise EngelsInputError(
                        f"{target}: is no folder of ours; move it away or choose another folder with "
                        f"{option}"
                    )
                if ours is not None and target.is_dir():
                    _keep_others(target, folder, set(ours(target)))
                _put_in_place(folder, target)
        except OSError as error:
            raise _placed(error, target) from None


def put_files(
    folder: Path,
    write: Callable[[Path], object],
    *,
    allow: Callable[[Path], None] | None = None,
    option: str = "--out",
) -> list[Path]:
    """Have ``write`` fill an empty folder, whose files are then moved to ``folder``, and return them.

    Each is replaced in one step, and none before all are made. ``allow`` is called with every file that
    is to be replaced, before any is; it raises where one must stay. Raises as :func:`put_folder` does.
    """
    with building(folder, option) as made:
        try:
            write(made)
            paths = sorted(p for p in made.rglob("*") if p.is_file())
            for path in paths:
                with path.open("rb") as stream:
                    os.fsync(stream.fileno())
            places = [folder / path.relative_to(made) for path in paths]
            with locked(folder):
                for place in places:
                    if place.is_dir():
                        raise EngelsInputError(
                            f"{place}: is a folder; move it away or choose another folder with {option}"
                        )
                    if allow is not None and place.exists():
                        allow(place)
                for path, place in zip(paths, places, strict=True):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    path.replace(place)
            return places
        except OSError as error:
            raise _placed(error, folder) from None


def _keep_others(target: Path, folder: Path, ours: set[str]) -> None:
    """Take what a user has put into ``target`` along to ``folder``."""
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if path.is_dir() and not path.is_symlink():
            continue
        place = folder / name
        if name in ours:
            continue
        if place.exists():
            raise EngelsInputError(
                f"{path}: is not of our making and would be replaced; move it to another folder"
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place, follow_symlinks=False)


def _put_in_place(folder: Path, target: Path) -> None:
    if not target.exists():
        folder.replace(target)
    elif not exchange(folder, target):
        # This file system cannot exchange two names: the old folder steps aside, under a name by which
        # the next writer brings it back should this one be killed between the two steps.
        aside = folder.with_name(f"{folder.name}.was-{target.name}")
        target.replace(aside)
        folder.replace(target)
        shutil.rmtree(aside, ignore_errors=True)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def exchange(one: Path, two: Path) -> bool:
    """Exchange the names of two folders in one step; whether the system and its disk can do that.

    Linux: renameat2(2) with RENAME_EXCHANGE; macOS: renamex_np(2) with RENAME_SWAP.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    a, b = os.fsencode(one), os.fsencode(two)
    try:
        if sys.platform == "darwin":
            failed = libc.renamex_np(a, b, 2)
        else:
            here = -100  # AT_FDCWD
            failed = libc.renameat2(here, a, here, b, 2)
    except AttributeError:
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV):
        return False
    raise OSError(number, os.strerror(number), str(two))


def _own_name() -> str:
    return f".engels-{_HOST}-{os.getpid()}-{secrets.token_hex(4)}"


def _sweep(parent: Path) -> None:
    """Remove what killed writers of this machine left behind; bring back what one had moved aside."""
    for path in list(parent.glob(".engels-*")):
        found = _OURS.fullmatch(path.name)
        if found is None or found["host"] != _HOST or _alive(int(found["process"])):
            continue
        if found["was"] and not (parent / found["was"]).exists():
            with locked(parent), suppress(OSError):
                path.rename(parent / found["was"])
        shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
