"""The installed program ``latticework``: commands of the frame, the node and the rooms, none imported before use."""

from __future__ import annotations

from typing import Final

from latticework.shell.cli import Command, run

_HERE: Final = "latticework.node.commands"

COMMANDS: Final[tuple[Command, ...]] = (
    Command("init", f"{_HERE}.init:app", "make a member: keys, certificates, first officers", "Node"),
    Command("serve", f"{_HERE}.serve:app", "run this member's node", "Node"),
    Command("demo", f"{_HERE}.demo:app", "five sovereign nodes on this machine", "Node"),
    Command("token", f"{_HERE}.token:app", "issue an API token to an officer of this home", "Node"),
    Command("keys", f"{_HERE}.keys:app", "record keys: list, rotate, declare lost; renew the issuer", "Administer"),
    # A room's commands are named here by string, like its descriptor in rooms.py, so that --help imports no room.
    Command("picture", "latticework.picture.surface.commands:app",
            "the air picture: tracks, verdicts, recorded traffic", "Rooms"),
)


def main() -> None:
    """Run the command line and exit with its code."""
    raise SystemExit(run(COMMANDS))


if __name__ == "__main__":
    main()
