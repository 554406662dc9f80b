"""pcscd looks at serial readers every 400 ms, a compiled-in figure. A few lines of C, loaded before libc, make it 10 ms: the tests' time.

Without a compiler the rig works as well, and slower.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

POLL = 0.4  # seconds, PCSCLITE_STATUS_POLL_RATE
_SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

int nanosleep(const struct timespec *wanted, struct timespec *left) {
    static int (*real)(const struct timespec *, struct timespec *);
    struct timespec shorter = {0, 10000000};
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "nanosleep");
    return real(wanted->tv_sec == 0 && wanted->tv_nsec == 400000000 ? &shorter : wanted, left);
}

int usleep(useconds_t wanted) {
    struct timespec time = {wanted / 1000000, (long)(wanted % 1000000) * 1000};
    return nanosleep(&time, 0);
}
"""


def build(folder: Path) -> Path | None:
    """The library, made in `folder`; None where there is no compiler that works."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = folder / "fastpoll.so"
    command = [compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)]
    done = subprocess.run(command, input=_SOURCE, text=True, capture_output=True, check=False)
    return library if done.returncode == 0 else None
