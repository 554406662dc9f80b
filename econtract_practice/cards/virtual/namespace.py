"""A mount and network namespace for one pcscd, so that several run side by side and no real reader is touched. Linux only.

Source: namespaces(7), user_namespaces(7): without root a user namespace comes first, in which this user is root.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
from pathlib import Path

_NEWNS, _NEWUSER, _NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
_PDEATHSIG, _SET_DUMPABLE = 1, 4
_DRIVERS = Path("/usr/lib/pcsc/drivers")
PRIVATE = Path("/run")  # a file system of its own in here, gone with the last process


class NoNamespace(Exception):
    """This machine lets us make none."""


def enter(driver: Path) -> Path:
    """Move this process (which must have one thread) into namespaces of its own; the copy of `driver` that lies in there. Raises
    NoNamespace."""
    libc = ctypes.CDLL(None, use_errno=True)

    def unshare(flags: int) -> bool:
        return int(libc.unshare(ctypes.c_int(flags))) == 0

    uid, gid = os.geteuid(), os.getegid()
    if not (uid == 0 and unshare(_NEWNS | _NEWNET)):
        if not unshare(_NEWUSER | _NEWNS | _NEWNET):
            raise NoNamespace(f"unshare: {os.strerror(ctypes.get_errno())}")
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1", encoding="ascii")
        libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/PID/root would be closed to our own user
    _mount(libc, b"none", b"/", None, _MS_REC | _MS_PRIVATE)
    copy = driver.read_bytes()
    _mount(libc, b"tmpfs", os.fsencode(PRIVATE), b"tmpfs", 0)
    (PRIVATE / "pcscd").mkdir()
    inside = PRIVATE / driver.name
    inside.write_bytes(copy)
    if _DRIVERS.is_dir():  # no USB driver: a real reader on this machine is not ours to open
        _mount(libc, b"tmpfs", os.fsencode(_DRIVERS), b"tmpfs", 0)
    _loopback_up()
    return inside


def copy_of(library: Path, number: int) -> Path:
    """Another file of the same driver: its state is global, and the loader knows a file again by its inode."""
    return Path(shutil.copy(library, library.with_name(f"{number}-{library.name}")))


def die_with_parent() -> None:
    """For `preexec_fn`: this child ends when the thread that started it ends."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _mount(libc: ctypes.CDLL, source: bytes, target: bytes, kind: bytes | None, flags: int) -> None:
    if libc.mount(source, target, kind, ctypes.c_ulong(flags), None):
        raise NoNamespace(f"mount {target.decode()}: {os.strerror(ctypes.get_errno())}")


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        try:
            (flags,) = struct.unpack_from("16xH", fcntl.ioctl(any_socket, _GET_FLAGS, request))
            fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))
        except OSError as problem:
            raise NoNamespace(f"loopback: {problem.strerror}") from None
