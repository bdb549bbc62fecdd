"""A node's end of a link in a process of its own: it keeps a durable cursor in a file and tells the other end of it.

Run as ``python -m tests.integration.transport.child ADAPTER MEMBER PARTNER PORT FOLDER``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from latticework.kernel.transport import Arrived, Lane, LinkUp, PartnerLink, dials
from latticework.kernel.transport.tls import TlsTransport
from latticework.kernel.transport.zenoh import ZenohTransport


async def work(adapter, member, partner, port, folder):
    read = {name: (folder / name).read_bytes() for name in ("chain.pem", "key.pem", "anchor.pem")}
    journal = os.open(folder / "journal", os.O_CREAT | os.O_RDWR | os.O_APPEND)
    have = os.fstat(journal).st_size // 4  # what was committed before this process died
    transport = adapter(member)

    def on_event(burst):
        nonlocal have
        for event in burst:
            if isinstance(event, Arrived) and event.lane is Lane.DURABLE and int.from_bytes(event.data, "big") == have:
                os.write(journal, event.data)
                have += 1
        if any(isinstance(event, LinkUp | Arrived) for event in burst):
            transport.send(partner, Lane.DURABLE, have.to_bytes(4, "big"))
    await transport.start(on_event)
    address, dialing = f"127.0.0.1:{port}", dials(member, partner)
    await transport.open(PartnerLink(
        partner=partner, partner_root_pem=read["anchor.pem"], certificate_pem=read["chain.pem"],
        key_pem=read["key.pem"], name=f"node.{partner.lower()}.latticework.internal",
        listen=None if dialing else address, dial=address if dialing else None))
    await asyncio.sleep(60)  # the test ends it long before


if __name__ == "__main__":
    adapters = {found.__name__: found for found in (ZenohTransport, TlsTransport)}
    asyncio.run(work(adapters[sys.argv[1]], sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5])))
