"""``latticework jobs``: long work of a running node: start, watch, stop with the best so far, fetch the result."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from latticework.kernel.errors import InvalidFile, UnknownJob
from latticework.shell.commands.client import (
    Client,
    Home,
    Json,
    NodeUrl,
    Token,
    connect,
    error_with,
    make_app,
    put_facts,
    put_json,
    put_table,
    when,
)
from latticework.shell.commands.progress import bar

app = make_app("Long work of a running node: start, watch, stop with the best so far, fetch the result.")

POLL_S: Final = 0.4
LONGEST: Final = 2 * 1024 * 1024
Job = Annotated[str, typer.Argument(help="Id of the job, whole or its first digits.")]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many.")] = 50,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """List the jobs that you may see, newest first."""
    found = connect(node, home, token).get("/jobs", limit=limit)
    if json_:
        put_json(found)
        return
    put_table(
        ("id", "job", "state", "progress", "marking", "started by", "asked for", "outcome"),
        [(j["id"], j["title"], _state(j), _progress(j), j["marking"], j["post"], when(j["asked_ms"]), _outcome(j))
         for j in found],
        empty="No job that you may see.",
    )


@app.command()
def kinds(node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """List the kinds of job that you may start, and what each takes."""
    found = connect(node, home, token).get("/job-kinds")
    if json_:
        put_json(found)
        return
    put_table(
        ("kind", "title", "memory", "time", "workers", "inputs"),
        [(k["name"], k["title"], f"{k['limits']['memory_mib']} MiB", f"{k['limits']['time_s']:g} s",
          k["limits"]["workers"], ", ".join(_fields(k["inputs"]))) for k in found],
        empty="No kind of job that you may start.",
    )


def _fields(schema: dict[str, Any]) -> list[str]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return list(schema.get("$defs", {}).get(name, {}).get("properties", {}))


@app.command()
def start(
    kind: Annotated[str, typer.Argument(help="Kind of job, such as lighthouse.area.")],
    given: Annotated[Path | None, typer.Option("--input", help="File with the inputs as JSON, or -.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Of all chance in it; default: the node's.")] = None,
    priority: Annotated[int, typer.Option("--priority", min=-1, max=1, help="-1 waits for others, 1 goes first.")] = 0,
    memory: Annotated[int | None, typer.Option("--memory", help="MiB; less than its kind allows.")] = None,
    seconds: Annotated[float | None, typer.Option("--time", help="Seconds; less than its kind allows.")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for its end.")] = False,
    node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False,
) -> None:
    """Start a job and show how far it is; Ctrl-C stops it and keeps the best so far."""
    client = connect(node, home, token)
    limits = {name: value for name, value in (("memory_mib", memory), ("time_s", seconds)) if value is not None}
    made = client.post("/jobs", {
        "kind": kind, "inputs": _inputs(given), "seed": seed, "priority": priority, "limits": limits})
    if detach:
        if json_:
            put_json(made)
        else:
            print(f"{made['id']} {made['marking']}: {made['title']}, {_state(made)}")
        return
    _follow(client, made, as_json=json_)


@app.command()
def wait(job: Job, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Show how far a job is until it is over; Ctrl-C stops it and keeps the best so far."""
    client = connect(node, home, token)
    _follow(client, _find(client, job), as_json=json_)


@app.command()
def show(job: Job, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Show how one job stands, what it uses, and what it left."""
    found = _find(connect(node, home, token), job)
    if json_:
        put_json(found)
        return
    use, limits = found["use"], found["limits"]
    put_facts([
        ("id", found["id"]), ("job", f"{found['title']} ({found['kind']})"), ("state", _state(found)),
        ("marking", found["marking"]), ("topic", found["topic"]), ("started by", found["post"]),
        ("asked for", when(found["asked_ms"])), ("begun", when(found["begun_ms"])), ("ended", when(found["ended_ms"])),
        ("progress", _progress(found)), ("quiet", found["quiet"]), ("seed", found["seed"]),
        ("memory", f"{use['memory_mib']:.0f} of {limits['memory_mib']} MiB, at most {use['peak_mib']:.0f}"),
        ("time", f"{use['ran_s']:.1f} of {limits['time_s']:g} s, processor {use['cpu_s']:.1f} s"),
        ("outcome", _outcome(found)), ("record", found["record"]),
        ("files", [f"{f['name']} ({f['size']} bytes, {f['digest'][:12]})" for f in found["files"]]),
    ])


@app.command()
def cancel(job: Job, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Ask a job to stop and keep the best so far."""
    client = connect(node, home, token)
    made = client.post(f"/jobs/{_find(client, job)['id']}/cancel")
    if json_:
        put_json(made)
    else:
        print(f"{made['id']}: {_state(made)}")


@app.command()
def result(
    job: Job, out: Annotated[Path | None, typer.Option("--out", help="Write it to a file.")] = None,
    file: Annotated[str, typer.Option("--file", help="A file that it left, by name, instead of its result.")] = "",
    node: NodeUrl = None, home: Home = None, token: Token = None,
) -> None:
    """Print a job's result, or the best so far, as JSON; or fetch a file that it left."""
    client = connect(node, home, token)
    found = _find(client, job)
    if file:
        one = next((f for f in found["files"] if f["name"] == file), None)
        if one is None:
            raise UnknownJob(f"the job {found['id']} left no file {file[:80]!r}.")
        data = client.raw(f"/jobs/{found['id']}/files/{one['digest']}")
    else:
        answer = client.get(f"/jobs/{found['id']}/result")
        if not answer["whole"]:
            print("The best so far, not the result:", file=sys.stderr)
        data = (json.dumps(answer["value"], ensure_ascii=False, indent=2) + "\n").encode()
    if out is None:
        sys.stdout.buffer.write(data)
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        raise InvalidFile(f"{out}: it cannot be written ({error.strerror}).") from None
    print(f"{len(data)} bytes in {out}")


@app.command()
def log(job: Job, node: NodeUrl = None, home: Home = None, token: Token = None) -> None:
    """Print the end of a job's log."""
    client = connect(node, home, token)
    print(client.get(f"/jobs/{_find(client, job)['id']}/log")["text"], end="")


@app.command()
def remove(job: Job, node: NodeUrl = None, home: Home = None, token: Token = None, json_: Json = False) -> None:
    """Forget a job that is over, with its files; a record that came of it stays."""
    client = connect(node, home, token)
    made = client.delete(f"/jobs/{_find(client, job)['id']}")
    if json_:
        put_json(made)
    else:
        print(f"Removed {made['id']}.")


# ---- inside ---------------------------------------------------------------------------------------------------------

def _find(client: Client, given: str) -> dict[str, Any]:
    if len(given) >= 20:
        found: dict[str, Any] = client.get(f"/jobs/{given}")
        return found
    near = [j for j in client.get("/jobs", limit=500) if j["id"].startswith(given.lower())]
    if len(near) != 1:
        raise UnknownJob(f"{'more than one job begins' if near else 'no job begins'} with {given[:20]!r}; "
                         "give more of its id.")
    return dict(near[0])


def _follow(client: Client, job: dict[str, Any], *, as_json: bool) -> None:
    """Draw how far `job` is until it is over, and say how it ended."""
    stopped = False
    with bar(job["title"]) as draw:
        while job["state"] in {"queued", "running"}:
            try:
                draw(job["share"], job["quiet"] or job["words"] or _state(job))
                time.sleep(POLL_S)
                job = client.get(f"/jobs/{job['id']}")
            except KeyboardInterrupt:
                if stopped:
                    raise
                stopped = True
                job = client.post(f"/jobs/{job['id']}/cancel")
    if as_json:
        put_json(job)
    else:
        _put_end(client, job)
    if job["failure"] and job["state"] != "done":
        raise error_with(job["failure"]["code"], job["failure"]["sentence"])
    if stopped:
        raise typer.Exit(130)


def _put_end(client: Client, job: dict[str, Any]) -> None:
    print(f"{job['id']} {job['marking']}: {_state(job)} after {job['use']['ran_s']:.1f} s")
    if job["result"] or job["best"]:
        answer = client.get(f"/jobs/{job['id']}/result")
        head = "Result" if answer["whole"] and job["state"] == "done" else "Best so far"
        print(f"{head}: {answer['words'] or json.dumps(answer['value'], ensure_ascii=False)}")
    if job["record"]:
        print(f"Record: {job['record']}")
    if job["failure"] and job["state"] == "done":
        print(f"{job['failure']['sentence']} ({job['failure']['code']})")
    for one in job["files"]:
        print(f"File: {one['name']}, {one['size']} bytes")


def _inputs(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        text = sys.stdin.read(LONGEST) if str(path) == "-" else path.read_text(encoding="utf-8")[:LONGEST]
        found = json.loads(text)
    except (OSError, UnicodeDecodeError):
        raise InvalidFile(f"{path}: the file cannot be read as text.") from None
    except ValueError as error:
        raise InvalidFile(f"{path} is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise InvalidFile(f"{path} holds no JSON object with the inputs by name.")
    return found


def _state(job: dict[str, Any]) -> str:
    return "stopping" if job["stopping"] and job["state"] == "running" else str(job["state"])


def _progress(job: dict[str, Any]) -> str:
    share = "" if job["share"] is None else f"{100 * job['share']:.0f} %"
    return ", ".join(part for part in (share, job["words"]) if part)


def _outcome(job: dict[str, Any]) -> str:
    if job["failure"]:
        return f"{job['failure']['sentence']} ({job['failure']['code']})"
    return "record" if job["record"] else "result" if job["result"] else "best so far" if job["best"] else ""
