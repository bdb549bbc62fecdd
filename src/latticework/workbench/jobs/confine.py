"""What a job's process may touch: set once, in the process itself, before any of the room's code is loaded.

The process gets its own folder, no descriptor of the node, limits, and the lowest claim on memory when the machine runs
out. Where the kernel has Landlock (Linux 5.13), it can open nothing but the installation for reading and its own folder
for writing; from Linux 6.7 on no TCP, from 6.12 on it can signal nobody outside. It stays the node's user, it can see
the list of processes, and UDP stays open: jobs are the installation's own code, and this keeps accidents and errors in,
not an attacker who already runs code here.

Source: prctl(2), setrlimit(2), proc(5); Landlock: https://docs.kernel.org/userspace-api/landlock.html (ABI 1 to 7).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PR_SET_NO_NEW_PRIVS: Final = 38
PR_SET_CHILD_SUBREAPER: Final = 36
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_BY_VERSION: Final = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1, 2, 4, 8, 1 << 14, 1 << 15
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
_PLACES: Final = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/opt", "/proc", "/sys")
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
MIB: Final = 1024 * 1024


def prctl(option: int, value: int) -> bool:
    """Set an attribute of this process; say whether the kernel did."""
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def set_limits(memory_mib: int, files_mib: int) -> None:
    """Set this process's own limits: no core dump, size of a file, and a backstop for memory behind the warden."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    bounds = {resource.RLIMIT_FSIZE: files_mib * MIB, resource.RLIMIT_DATA: (2 * memory_mib + 512) * MIB}
    for which, bound in bounds.items():
        _soft, hard = resource.getrlimit(which)
        if hard == resource.RLIM_INFINITY or bound < hard:
            resource.setrlimit(which, (bound, bound))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(OSError):
        os.nice(5)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def close_all_but(keep: Iterable[int]) -> None:
    """Close every descriptor but those of `keep`."""
    last = 2
    for handle in sorted(set(keep)):
        os.closerange(last + 1, handle)
        last = max(last, handle)
    os.closerange(last + 1, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 20))


def landlock_version() -> int:
    """Return the version of Landlock that this kernel has; 0: none."""
    try:
        return max(0, int(ctypes.CDLL(None).syscall(_CREATE, None, ctypes.c_size_t(0), 1)))
    except (OSError, AttributeError):
        return 0


def confine_files(own: Path) -> bool:
    """Let this process and its children open the installation for reading, and `own` for everything, and no more.

    Parameters
    ----------
    own
        The job's own folder, absolute.

    Returns
    -------
    bool
        False where the kernel has no Landlock.
    """
    version = landlock_version()
    if not version:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    every = _BY_VERSION.get(version, 0xFFFF)
    fields = [every, 3 if version >= 4 else 0, 3 if version >= 6 else 0]
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(_CREATE, (ctypes.c_uint64 * 3)(*fields), ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    grants = [(place, _READ) for place in _readable(own)]
    grants += [(device, _READ_FILE | _WRITE_FILE | (every & (_TRUNCATE | _IOCTL))) for device in _DEVICES]
    grants.append((str(own), every))
    for place, access in grants:
        _grant(libc, rules, place, access & every)
    done = prctl(PR_SET_NO_NEW_PRIVS, 1) and libc.syscall(_RESTRICT, rules, 0) == 0
    os.close(rules)
    return bool(done)


def _readable(own: Path) -> list[str]:
    places = {*_PLACES, sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path}
    # A folder that the job's own one lies in may hold the node's home: it is no place of the installation.
    found = {Path(place).resolve() for place in places if place}
    return [str(place) for place in sorted(found) if place.exists() and place not in own.parents]


def _grant(libc: ctypes.CDLL, rules: int, place: str, access: int) -> None:
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(place):
            access &= _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
        rule = access.to_bytes(8, sys.byteorder) + handle.to_bytes(4, sys.byteorder)
        libc.syscall(_ADD, rules, 1, rule, 0)
    finally:
        os.close(handle)
