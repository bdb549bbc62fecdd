"""Ports of this machine on which nothing listens yet."""

from __future__ import annotations

import socket

from latticework.kernel.errors import InvalidConfig


def free_ports(first: int, count: int, *, together: bool = False) -> list[int]:
    """Return `count` ports from `first` on that nothing listens on, or raise :class:`InvalidConfig`.

    Parameters
    ----------
    together
        They follow one another without a gap, as a node counts its listening ports.
    """
    found: list[int] = []
    for port in range(first, min(first + 2_000, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                found = [] if together else found
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise InvalidConfig(f"no {count} free ports were found from {first} on; choose others (--port, --first-port).")
