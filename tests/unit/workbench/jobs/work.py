"""What the jobs of the tests do, well and badly. Each function runs in a job's own process."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from latticework.kernel.errors import InvalidRecord
from latticework.workbench.jobs.context import JobContext, child_seed
from latticework.workbench.jobs.limits import Limits
from latticework.workbench.jobs.model import JobKind


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    n: int = 0
    text: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    value: int = 0
    text: str = ""
    many: list[int] = []


def kind(name: str, **more: object) -> JobKind:
    limits = Limits(**{"memory_mib": 512, "time_s": 60.0, "grace_s": 0.5, **more.pop("limits", {})})
    return JobKind(name=f"tests.{name}".replace("_", "-"), title=name, run=f"{__name__}:{name}", inputs=Given,
                   result=Answer, topic="tests", limits=limits, **more)


def add(given: Given, job: JobContext[Answer]) -> Answer:
    job.log(f"adding to {given.n}")
    for step in range(3):
        job.progress(step + 1, 3, f"step {step + 1} of 3", {"step": step + 1})
    return Answer(value=given.n + 1, text=str(job.seed))


def squares(given: Given, job: JobContext[Answer]) -> Answer:
    found = list(job.map(chance, [(job.seed, n) for n in range(given.n)]))
    return Answer(value=len(found), many=found, text=str(job.workers))


def chance(item: tuple[int, int]) -> int:
    import random

    return random.Random(child_seed(*item)).randrange(1 << 40)


def patient(given: Given, job: JobContext[Answer]) -> Answer:
    """Works until it is told to stop, and gets better all the time."""
    n = job.before.value if job.before else 0
    while not job.should_stop() and n < (given.n or 10**9):
        n += 1
        job.best(Answer(value=n))
        job.progress(n, 0, f"{n} so far")
        time.sleep(0.01)
    return Answer(value=n, text="stopped")


def raises(given: Given, job: JobContext[Answer]) -> Answer:
    raise ValueError(given.text)


def refuses(given: Given, job: JobContext[Answer]) -> Answer:
    raise InvalidRecord("the lamps do not fit together; correct the third one.")


def eats(given: Given, job: JobContext[Answer]) -> Answer:
    job.best(Answer(value=7))
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 10)) * 1024)


def eats_with_children(given: Given, job: JobContext[Answer]) -> Answer:
    for _ in range(3):
        subprocess.Popen([sys.executable, "-c", "x = bytearray(b'1') * (150 << 20); import time; time.sleep(60)"])
    time.sleep(60)
    return Answer()


def hangs(given: Given, job: JobContext[Answer]) -> Answer:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path("pid").write_text(str(os.getpid()))
    job.best(Answer(value=1))
    while True:
        time.sleep(3600)


def spins(given: Given, job: JobContext[Answer]) -> Answer:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    job.best(Answer(value=1))
    while True:
        pass


def segfaults(given: Given, job: JobContext[Answer]) -> Answer:
    print("about to read where nothing is", flush=True)
    ctypes.string_at(8)
    return Answer()


def leaves_children(given: Given, job: JobContext[Answer]) -> Answer:
    """Starts a child that leaves its session and ignores SIGTERM, and ends before it."""
    code = ("import os, signal, time; os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "if os.fork(): os._exit(0)\nopen('orphan', 'w').write(str(os.getpid())); time.sleep(600)")
    subprocess.Popen([sys.executable, "-c", code]).wait()
    while not Path("orphan").exists() or not Path("orphan").read_text():
        time.sleep(0.01)
    if given.n:
        job.progress(1, 2, "the child is there")
        time.sleep(600)
    return Answer(value=int(Path("orphan").read_text()))


def garbage(given: Given, job: JobContext[Answer]) -> Answer:
    os.write(job._say, os.urandom(4096))  # type: ignore[attr-defined]
    time.sleep(60)
    return Answer()


def huge_frame(given: Given, job: JobContext[Answer]) -> Answer:
    """Says that a message of 1 GB comes, and sends as much as anybody takes."""
    os.write(job._say, b"P" + (1 << 30).to_bytes(4, "big"))  # type: ignore[attr-defined]
    while True:
        os.write(job._say, bytes(1 << 16))  # type: ignore[attr-defined]


def garbled_result(given: Given, job: JobContext[Answer]) -> Answer:
    Path("result").write_bytes(b"\xc1 is never used in msgpack")
    os.write(job._say, b"D" + bytes(4))  # type: ignore[attr-defined]
    os._exit(0)


def other_result(given: Given, job: JobContext[Answer]) -> Answer:
    Path("result").write_bytes(msgspec.msgpack.encode({"value": "not a number"}))
    os.write(job._say, b"D" + bytes(4))  # type: ignore[attr-defined]
    os._exit(0)


def huge_result(given: Given, job: JobContext[Answer]) -> Answer:
    """Leaves a file of 1 GB that takes no room on the disk."""
    with Path("result").open("wb") as file:
        file.truncate(1 << 30)
    os.write(job._say, b"D" + bytes(4))  # type: ignore[attr-defined]
    os._exit(0)


def linked_result(given: Given, job: JobContext[Answer]) -> Answer:
    Path("result").symlink_to("/etc/hostname")
    os.write(job._say, b"D" + bytes(4))  # type: ignore[attr-defined]
    os._exit(0)


def large_result(given: Given, job: JobContext[Answer]) -> Answer:
    return Answer(text="x" * (3 << 20))


def wrong_result(given: Given, job: JobContext[Answer]) -> Answer:
    return {"value": 1}  # type: ignore[return-value]


def no_result(given: Given, job: JobContext[Answer]) -> Answer:
    os._exit(0)


def floods(given: Given, job: JobContext[Answer]) -> Answer:
    line = b"x" * 65_535 + b"\n"
    for _ in range(given.n):
        os.write(1, line)
    print("the last line", flush=True)
    return Answer(value=given.n)


def files(given: Given, job: JobContext[Answer]) -> Answer:
    job.file("table.csv").write_text("a,b\n1,2\n")
    Path("files/link").symlink_to("/etc/passwd")
    return Answer(value=1)


def fills(given: Given, job: JobContext[Answer]) -> Answer:
    for n in range(100):
        job.file(f"part-{n}").write_bytes(os.urandom(1 << 20))
        time.sleep(0.05)
    return Answer()


def disk_full(given: Given, job: JobContext[Answer]) -> Answer:
    with Path("/dev/full").open("wb") as file:
        file.write(b"x")
    return Answer()


def looks_around(given: Given, job: JobContext[Answer]) -> Answer:
    """Says what of the node it can reach: the environment, descriptors, a file, a signal."""
    found: list[str] = []
    if "LATTICEWORK_TOKEN" in os.environ or "HOME_SECRET" in os.environ:
        found.append("environment")
    handles = sorted(int(n) for n in os.listdir("/proc/self/fd"))
    found += [f"descriptor {n}" for n in handles if n > 2 and os.path.exists(f"/proc/self/fd/{n}")
              and n != job._say]  # type: ignore[attr-defined]
    try:
        Path(given.text).read_bytes()
        found.append("file")
    except OSError:
        pass
    try:
        os.kill(given.n, 0)
        found.append("signal")
    except OSError:
        pass
    return Answer(text=" ".join(found), value=os.umask(0o077))


def worker_trouble(given: Given, job: JobContext[Answer]) -> Answer:
    """One of its workers raises, or ends."""
    return Answer(many=list(job.map(trouble, [(given.text, n) for n in range(6)])))


def trouble(item: tuple[str, int]) -> int:
    if item[1] == 3:
        if item[0] == "ends":
            os._exit(3)
        raise ValueError("in a worker")
    return item[1]
