"""The command line's way to a running node: its HTTP API with an officer's API token, and how answers are printed."""

from __future__ import annotations

import json
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from latticework.kernel.errors import (
    InvalidConfig,
    InvalidFile,
    InvalidLabel,
    LatticeworkError,
    NodeUnreachable,
    NotFound,
    SignInRefused,
    all_errors,
)

NodeUrl = Annotated[str | None, typer.Option(
    "--node", envvar="LATTICEWORK_NODE", help="Address of the node, such as http://127.0.0.1:8600.")]
Home = Annotated[Path | None, typer.Option(
    "--home", envvar="LATTICEWORK_HOME", help="Folder of the member; the node wrote its address there.")]
Token = Annotated[str | None, typer.Option(
    "--token", envvar="LATTICEWORK_TOKEN", help="API token of an officer.", show_envvar=True)]
Second = Annotated[str | None, typer.Option(
    "--second", envvar="LATTICEWORK_SECOND_TOKEN", show_envvar=True,
    help="API token of a second officer at this console, who approves at once.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

TIMEOUT_S: Final = 60.0
QUIET_S: Final = 2.0
"""Nothing is said about waiting before this has passed."""
_SHORTEST: Final = 6


def make_app(help_: str) -> typer.Typer:
    """Return a typer application as every command of the frame has it."""
    return typer.Typer(help=help_, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


class Client:
    """The API of one node.

    Parameters
    ----------
    url
        Address of the node.
    token
        API token of an officer.
    second
        API token of a second officer at the same console, or None.
    """

    def __init__(self, url: str, token: str, second: str | None = None) -> None:
        import httpx

        self._httpx = httpx
        self._second = second
        self.url = url.rstrip("/")
        # No proxy and no netrc of the environment: the token goes to this address and to nothing else.
        self._client = httpx.Client(
            base_url=f"{self.url}/api/v1", timeout=TIMEOUT_S, trust_env=False,
            headers={"authorization": f"Bearer {token}", "accept": "application/json"})

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON answer of a reading; parameters that are None are left out."""
        return self._ask("GET", path, query).json()

    def raw(self, path: str, **query: Any) -> bytes:
        """Return the bytes of a reading."""
        content: bytes = self._ask("GET", path, query).content
        return content

    def post(self, path: str, body: object | None = None) -> Any:
        """Return the JSON answer of an act."""
        return self._ask("POST", path, {}, body).json()

    def send(self, path: str, file: IO[bytes], **query: Any) -> Any:
        """Return the JSON answer of an act whose body is a file, sent as it is read."""
        def pieces() -> Iterator[bytes]:
            while piece := file.read(1 << 16):
                yield piece

        return self._ask("POST", path, query, content=pieces()).json()

    def put_bytes(self, path: str, data: bytes, **query: Any) -> Any:
        """Send raw bytes; return the JSON answer."""
        return self._ask("PUT", path, query, content=data).json()

    def stream(self, path: str, **query: Any) -> Iterator[bytes]:
        """Yield the bytes of a long reading as they come."""
        with self._client.stream("GET", path, params=query) as answer:
            if answer.status_code >= 400:
                raise error_of(answer.status_code, answer.read())
            yield from answer.iter_bytes()

    def patch(self, path: str, body: object) -> Any:
        """Return the JSON answer of a change."""
        return self._ask("PATCH", path, {}, body).json()

    def delete(self, path: str) -> Any:
        """Return the JSON answer of a removal."""
        return self._ask("DELETE", path, {}).json()

    def approve(self, act: dict[str, Any]) -> dict[str, Any]:
        """Return `act`, approved by the second officer when one is at this console; otherwise as it is.

        The two stay two: each answers for the own part with the own token, and the node refuses one who acts twice.
        """
        if self._second is None or act["state"] != "pending":
            return act
        try:
            decided: dict[str, Any] = Client(self.url, self._second).post(f"/approvals/{act['id']}/approve")
        except LatticeworkError as error:
            raise type(error)(f"{error.message} The act {act['id']} still waits for a second officer.") from None
        return decided

    def _ask(
        self, method: str, path: str, query: dict[str, Any], body: object | None = None,
        content: Iterator[bytes] | bytes | None = None,
    ) -> Any:
        wanted = {k: _plain(v) for k, v in query.items() if v is not None}
        try:
            with working(f"{method} {path}"):
                answer = self._client.request(method, path, params=wanted, json=body, content=content)
        except self._httpx.TransportError:
            raise NodeUnreachable(
                f"the node at {self.url} does not answer; start it with latticework serve, or correct --node."
            ) from None
        except (self._httpx.InvalidURL, ValueError):
            raise InvalidConfig(f"{self.url!r} is no address; use one such as http://127.0.0.1:8600.") from None
        if answer.status_code >= 400:
            raise error_of(answer.status_code, answer.content)
        return answer

    def record_id(self, given: str) -> str:
        """Return the full id of a record that is given whole or by its beginning, at least six digits.

        Raises
        ------
        NotFound
            When no record that the officer may see begins so, or more than one does.
        """
        wanted = given.replace(" ", "").lower()
        if len(wanted) >= 64 or len(wanted) < _SHORTEST:
            return wanted
        found: set[str] = set()
        after: str | None = None
        while True:
            page = self.get("/records", limit=500, after=after)
            found.update(r["id"] for r in page["items"] if r["id"].startswith(wanted))
            after = page["next"]
            if after is None or len(found) > 1:
                break
        if len(found) != 1:
            raise NotFound(f"{'more than one record begins' if found else 'no record begins'} with {wanted!r}; "
                           "give more of its id.")
        return found.pop()


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def error_of(status: int, content: bytes) -> LatticeworkError:
    """Return the error of the tree that an answer stands for, so that the exit code is the same as inside the node."""
    try:
        said = json.loads(content)
        code, message = str(said["code"]), str(said["message"])
    except (ValueError, KeyError, TypeError):
        return LatticeworkError(f"the node answered with status {status} and no sentence; is it a latticework node?")
    return error_with(code, message)


def error_with(code: str, message: str) -> LatticeworkError:
    """Return the error of the tree that has `code`."""
    for cls in all_errors():
        if cls.code == code:
            return cls(message)
    return LatticeworkError(message)


def connect(node: str | None, home: Path | None, token: str | None, second: str | None = None) -> Client:
    """Return the client for the options that every command takes.

    Raises
    ------
    InvalidConfig
        When neither the node's address nor its home is given.
    InvalidFile
        When the home holds no address, because no node runs on it.
    SignInRefused
        When no token is given.
    """
    if node is None:
        if home is None:
            raise InvalidConfig("which node? Give --node URL or --home DIR (or LATTICEWORK_NODE, LATTICEWORK_HOME).")
        try:
            node = (home / "run" / "address").read_text(encoding="utf-8").strip()
        except OSError:
            raise InvalidFile(
                f"{home} holds no address of a running node; start it with latticework serve --home {home}."
            ) from None
    if not token:
        raise SignInRefused("no API token is given; make one with latticework token NAME or on the page Preferences, "
                            "and set LATTICEWORK_TOKEN.")
    return Client(node, token, second or None)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on the terminal what is going on, and how long already, once it takes more than two seconds."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    begun = time.monotonic()

    def tell() -> None:
        if done.wait(QUIET_S):
            return
        while not done.wait(0.5):
            sys.stderr.write(f"\r{what}: {time.monotonic() - begun:.0f} s, Ctrl+C stops ")
            sys.stderr.flush()
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


# ---- printing -------------------------------------------------------------------------------------------------------

def put_json(value: object) -> None:
    """Print `value` as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def put_table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print aligned columns; `empty` says what it means that there is no row."""
    if not rows:
        print(empty)
        return
    cells = [[_cell(v) for v in row] for row in rows]
    widths = [max(_width(head), *(_width(row[n]) for row in cells)) for n, head in enumerate(heads)]
    for line in ([h.upper() for h in heads], *cells):
        print("  ".join(text + " " * (widths[n] - _width(text)) for n, text in enumerate(line)).rstrip())


def put_facts(rows: Sequence[tuple[str, object]]) -> None:
    """Print names and values, one pair a line."""
    width = max(len(name) for name, _value in rows)
    for name, value in rows:
        print(f"{name.ljust(width)}  {_cell(value)}")


def _cell(value: object) -> str:
    if value is None or value in ("", [], ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(str(v) for v in value)
    return str(value).replace("\n", " ")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def when(ms: int | None) -> str:
    """Return a time as ISO 8601 in UTC, or a dash."""
    from latticework.kernel.clock import iso_utc

    return iso_utc(ms) if ms is not None else "-"


def put_act(client: Client, act: dict[str, Any], *, as_json: bool) -> None:
    """Let the second officer approve a proposed act when one is at this console, and print how it stands."""
    act = client.approve(act)
    if as_json:
        put_json(act)
    elif act["state"] == "pending":
        print(f"Proposed: {act['summary']}. A second officer runs: latticework approvals approve {act['id']}")
    else:
        print(f"{act['state'].capitalize()}: {act['summary']}.")


def level_of(policy: dict[str, Any], given: str) -> int:
    """Return the number of a classification that is given by name or number, in a policy as the API describes it.

    Raises
    ------
    InvalidLabel
        When the policy has no such classification.
    """
    levels: dict[str, int] = policy["levels"]
    for name, number in levels.items():
        if given.casefold() in {name.casefold(), str(number)}:
            return number
    raise InvalidLabel(f"{policy['name']} has no classification {given!r}, only {', '.join(levels)}.")


def put_explanation(to: str, explanation: dict[str, Any]) -> None:
    """Print a verdict with its rule, reason and what would change it, then every rule that was asked."""
    decision = explanation["decision"]
    word = "Allowed" if decision["allowed"] else "Withheld"
    print(f"{word} for {to}: {decision['rule']} {decision['reason']}")
    print(f"What would change it: {explanation['change']}")
    if explanation.get("changes_at_ms"):
        print(f"Time alone may change it at {when(explanation['changes_at_ms'])}.")
    print()
    put_table(
        ("rule", "outcome", "arrangement", "reason"),
        [(("* " if c["decided"] else "  ") + c["rule"], c["outcome"], c["called"], c["sentence"])
         for c in explanation["checks"]],
        empty="No rule was asked.",
    )
