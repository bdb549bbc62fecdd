"""Jobs that go wrong, in real processes: each ends, leaves nothing running, and is told in one sentence with a code."""

from __future__ import annotations

import os
import queue
import threading
import time
from pathlib import Path

import msgspec
import pytest
from tests.unit.workbench.jobs import work

from latticework.workbench.jobs import confine, wire
from latticework.workbench.jobs.here import Outcome, run_here
from latticework.workbench.jobs.limits import JobState, Limits
from latticework.workbench.jobs.outcome import read_struct
from latticework.workbench.jobs.processes import Ended, LocalProcesses, Task, Told


def run(name: str, given: work.Given | None = None, folder: Path | None = None, **limits: object) -> Outcome:
    return run_here(work.kind(name, limits=limits), given or work.Given(), seed=3, folder=folder)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


class Started:
    """A job that a test holds in its hands."""

    def __init__(self, folder: Path, name: str, given: work.Given | None = None, *, resume: bool = False,
                 **limits: object) -> None:
        self.told: queue.SimpleQueue[Told | Ended] = queue.SimpleQueue()
        self.kind = work.kind(name, limits=limits)
        self.folder = folder
        self.running = LocalProcesses().start(Task(
            folder=folder, run=self.kind.run, inputs_type=work.Given, result_type=work.Answer, seed=3, resume=resume,
            inputs=msgspec.msgpack.encode(given or work.Given()), limits=self.kind.limits), self.told.put)

    def until_best(self) -> None:
        while True:
            what = self.told.get(timeout=60)
            assert isinstance(what, Told)
            if what.best:
                return

    def end(self) -> Ended:
        while True:
            what = self.told.get(timeout=60)
            if isinstance(what, Ended):
                return what

    def best(self) -> int:
        found, _size = read_struct(self.folder / wire.WORK / wire.BEST_FILE, work.Answer, 1 << 20)
        assert isinstance(found, work.Answer)
        return found.value


def test_a_job_gives_its_result_its_progress_and_its_log() -> None:
    seen: list[tuple[float, str]] = []
    done = run_here(work.kind("add"), work.Given(n=4), seed=11,
                    progress=lambda progress, use: seen.append((progress.done, progress.words)))
    assert (done.state, done.value, done.failure) == (JobState.DONE, work.Answer(value=5, text="11"), None)
    assert seen[-1] == (3.0, "step 3 of 3")
    assert done.log == "adding to 4\n"
    assert 10 < done.use.peak_mib < 200


@pytest.mark.parametrize(("name", "code", "words"), [
    ("raises", "LW-2003", r"ValueError in work.py, line \d+"),
    ("refuses", "LW-1402", "the lamps do not fit together; correct the third one."),
    ("segfaults", "LW-2004", "SIGSEGV"),
    ("no_result", "LW-2010", "ended with code 0 and left no result"),
    ("garbage", "LW-2008", "no message of a job"),
    ("huge_frame", "LW-2008", "no message of a job"),
    ("garbled_result", "LW-2008", "not what its kind says"),
    ("other_result", "LW-2008", "not what its kind says"),
    ("linked_result", "LW-2008", "no plain file"),
    ("wrong_result", "LW-2001", "returned a dict; its kind says Answer"),
    ("disk_full", "LW-2011", "the disk or the job's part of it is full"),
])
def test_what_goes_wrong_is_one_sentence_with_a_code(name: str, code: str, words: str) -> None:
    ended = run(name, work.Given(text="told"))
    assert (ended.state, ended.value) == (JobState.FAILED, None)
    assert ended.failure is not None
    assert ended.failure.code == code
    import re

    assert re.search(words, ended.failure.sentence)


def test_an_error_of_the_rooms_code_stands_in_the_log() -> None:
    assert "ValueError: it is Tuesday" in run("raises", work.Given(text="it is Tuesday")).log


@pytest.mark.parametrize(("name", "limits"), [
    ("huge_result", {"files_mib": 2048}), ("large_result", {"result_mib": 1}),
])
def test_a_result_that_is_too_large_is_refused(name: str, limits: dict[str, object]) -> None:
    failure = run(name, **limits).failure
    assert failure is not None
    assert failure.code == "LW-2009"
    assert "MiB and the limit is" in failure.sentence


@pytest.mark.parametrize("name", ["eats", "eats_with_children"])
def test_a_job_that_eats_memory_is_stopped_at_its_cap(name: str) -> None:
    ended = run(name, memory_mib=300, time_s=50.0)
    assert ended.failure is not None
    assert ended.failure.code == "LW-2005"
    assert "300 MiB" in ended.failure.sentence
    assert ended.use.peak_mib < 900
    if name == "eats":
        assert ended.value == work.Answer(value=7)


@pytest.mark.parametrize("name", ["hangs", "spins"])
def test_a_job_that_ignores_everything_is_killed_and_its_best_kept(name: str, tmp_path: Path) -> None:
    job = Started(tmp_path, name, grace_s=0.2)
    job.until_best()
    job.running.stop()
    ended = job.end()
    assert (ended.state, ended.failure) == (JobState.CANCELED, None)
    assert ended.best is not None
    assert job.best() == 1
    if name == "hangs":
        assert not alive(int((tmp_path / wire.WORK / "pid").read_text()))


def test_a_job_that_is_asked_to_stop_returns_its_best(tmp_path: Path) -> None:
    job = Started(tmp_path, "patient", grace_s=30.0)
    job.until_best()
    job.running.stop()
    ended = job.end()
    assert ended.state is JobState.CANCELED
    result, _size = read_struct(tmp_path / wire.WORK / wire.RESULT_FILE, work.Answer, 1 << 20)
    assert result == work.Answer(value=job.best(), text="stopped")


def test_a_job_out_of_time_is_stopped_and_its_best_kept() -> None:
    ended = run("patient", time_s=1.5, grace_s=10.0)
    assert ended.failure is not None
    assert (ended.state, ended.failure.code) == (JobState.FAILED, "LW-2006")
    assert isinstance(ended.value, work.Answer)
    assert ended.value.value > 1


def test_a_job_that_hangs_is_noticed_and_ended(tmp_path: Path) -> None:
    job = Started(tmp_path, "hangs", hang_s=2.5)
    quiet = 0.0
    while not isinstance(what := job.told.get(timeout=60), Ended):
        if what.use is not None and not what.use.busy:
            quiet = max(quiet, what.use.quiet_s)
    assert quiet > 1.0  # it was said before it was ended
    assert what.failure is not None
    assert what.failure.code == "LW-2007"
    assert "no sign of life for 2 s" in what.failure.sentence


def test_a_job_that_computes_in_silence_does_not_hang(tmp_path: Path) -> None:
    assert run("spins", hang_s=1.0, time_s=4.0, grace_s=0.1).failure.code == "LW-2006"  # type: ignore[union-attr]


def test_children_that_left_the_session_end_with_the_job() -> None:
    done = run("leaves_children")
    assert done.state is JobState.DONE
    assert isinstance(done.value, work.Answer)
    assert done.value.value > 1
    assert not alive(done.value.value)


def test_children_end_with_the_warden(tmp_path: Path) -> None:
    """The node is gone when the warden's input ends; here only that input is closed."""
    job = Started(tmp_path, "leaves_children", work.Given(n=1))
    while not isinstance(what := job.told.get(timeout=60), Told) or what.progress is None:
        pass
    orphan = int((tmp_path / wire.WORK / "orphan").read_text())
    assert alive(orphan)
    job.running.end()
    assert not alive(orphan)


def test_a_flood_of_output_is_bounded_and_its_ends_are_kept(tmp_path: Path) -> None:
    done = run("floods", work.Given(n=1600), folder=tmp_path)  # 100 MiB
    assert done.state is JobState.DONE
    assert sum(p.stat().st_size for p in tmp_path.glob("log*")) < 400 * 1024
    assert done.log.endswith("the last line\n")
    assert "bytes left out]" in (tmp_path / "log.tail").read_text()[:60]


def test_files_are_kept_by_their_digest_and_links_are_not(tmp_path: Path) -> None:
    import hashlib

    done = run("files", folder=tmp_path)
    (one,) = done.files
    assert (one.name, one.size, one.digest) == ("table.csv", 8, hashlib.sha256(b"a,b\n1,2\n").hexdigest())
    assert (tmp_path / one.digest).read_text() == "a,b\n1,2\n"


def test_a_job_that_fills_its_folder_is_stopped() -> None:
    failure = run("fills", files_mib=5).failure
    assert failure is not None
    assert (failure.code, "5 MiB of files" in failure.sentence) == ("LW-2011", True)


def test_the_same_seed_gives_the_same_result_with_any_number_of_workers() -> None:
    one, two = (run("squares", work.Given(n=12), workers=n) for n in (1, 2))
    assert isinstance(one.value, work.Answer)
    assert isinstance(two.value, work.Answer)
    assert (one.value.text, two.value.text) == ("1", str(min(2, os.cpu_count() or 1)))
    assert one.value.many == two.value.many
    other = run_here(work.kind("squares"), work.Given(n=12), seed=4).value
    assert isinstance(other, work.Answer)
    assert other.many != one.value.many


@pytest.mark.parametrize(("how", "words"), [("ends", "a worker process of the job ended"), ("raises", "ValueError")])
def test_trouble_in_a_worker_is_the_jobs(how: str, words: str) -> None:
    ended = run("worker_trouble", work.Given(text=how), workers=2)
    assert ended.failure is not None
    assert (ended.failure.code, words in ended.failure.sentence) == ("LW-2003", True)
    assert "semaphore" not in ended.log


def test_a_job_sees_nothing_of_the_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATTICEWORK_TOKEN", "secret")
    secret = tmp_path / "home" / "root.key"
    secret.parent.mkdir()
    secret.write_text("secret")
    with secret.open():  # a descriptor that the node holds
        found = run("looks_around", work.Given(text=str(secret), n=os.getpid()),
                    folder=tmp_path / "home" / "workbench").value
    assert isinstance(found, work.Answer)
    version = confine.landlock_version()
    open_ = {*(() if version else ("file",)), *(() if version >= 6 else ("signal",))}
    assert set(found.text.split()) == open_
    assert found.value == 0o077


def test_a_job_goes_on_from_its_best(tmp_path: Path) -> None:
    first = Started(tmp_path, "patient")
    first.until_best()
    first.running.end()
    reached = first.best()
    second = Started(tmp_path, "patient", work.Given(n=reached + 3), resume=True)
    ended = second.end()
    assert ended.state is JobState.DONE
    result, _size = read_struct(tmp_path / wire.WORK / wire.RESULT_FILE, work.Answer, 1 << 20)
    assert isinstance(result, work.Answer)
    assert result.value == reached + 3


def test_ctrl_c_stops_it_and_returns_the_best_so_far() -> None:
    asked = threading.Event()

    def interrupt(progress: object, use: object) -> None:
        if getattr(progress, "done", 0) > 2 and not asked.is_set():
            asked.set()
            raise KeyboardInterrupt

    ended = run_here(work.kind("patient"), work.Given(), progress=interrupt)
    assert asked.is_set()
    assert ended.state is JobState.CANCELED
    assert isinstance(ended.value, work.Answer)
    assert ended.value.value > 2


def test_limits_check_their_bounds() -> None:
    from latticework.kernel.errors import InvalidJob

    for wrong in ({"memory_mib": 1}, {"time_s": 0.0}, {"workers": 0}, {"result_mib": 1000}):
        with pytest.raises(InvalidJob, match="out of its bounds"):
            Limits(**wrong)  # type: ignore[arg-type]


def test_nothing_is_left_running() -> None:
    time.sleep(0.2)
    mine = [p for p in Path("/proc").glob("[0-9]*/stat") if _is_child_of_mine(p)]
    assert mine == []


def _is_child_of_mine(stat: Path) -> bool:
    try:
        fields = stat.read_text().rpartition(")")[2].split()
        command = (stat.parent / "cmdline").read_bytes()
    except OSError:
        return False
    return int(fields[1]) == os.getpid() and fields[0] != "Z" and b"jobs import warden" in command
