"""The process of one node: one loop that joins kernel, transport, rooms and web pages.

All of the kernel runs in this loop's thread; the transport brings what arrives here in bursts. Nothing decides
anything in this module.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Final

from latticework.kernel.errors import IdentityError, InvalidCertificate, LatticeworkError, LinkError
from latticework.kernel.exchange import Close, Send, Tick
from latticework.kernel.identity import Partner
from latticework.kernel.ids import MemberId
from latticework.kernel.transport.interface import LinkLost, LinkUp, PartnerLink, TransportEvent
from latticework.node.compose import Composed
from latticework.node.links import LinkWatch

if TYPE_CHECKING:
    from latticework.kernel.transport.interface import Transport

log = logging.getLogger("latticework.node")

REOPEN_S: Final = 2.0
"""A partner whose link was closed for flooding or a wrong name is tried again after this long."""
IDLE_S: Final = 0.25
"""The loop looks at least this often what is due."""
RENEW_S: Final = 60.0
ISSUER_DUE: Final = (
    "This member's issuer has less than a third of its time left; renew it with the root key "
    "(latticework keys renew-issuer)."
)


class Node:
    """One running node.

    Parameters
    ----------
    composed
        The kernel and what belongs to it.
    transport
        Links to partners.
    """

    def __init__(self, composed: Composed, transport: Transport) -> None:
        self.kernel, self.settings, self.home = composed.kernel, composed.settings, composed.home
        self.composed = composed
        self.transport = transport
        self._due = asyncio.Event()
        self._closing: set[MemberId] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._linked: dict[MemberId, tuple[object, ...]] = {}
        self._watch = LinkWatch(self.kernel)

    # ---- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open every link and begin to work; returns when the node works."""
        self.kernel.attach(self._perform, self._wake)
        await self.transport.start(self._arrived)
        self.kernel.tell_keys()
        self.kernel.policy_changed()  # a crash may have come between making a record and releasing it
        self.keep(self._beat(), "beat")
        self.keep(self._renew(), "renew")
        self.keep(self._watch.run(self._links), "links")
        await self.open_links()
        for name, coroutine in self.composed.starts():
            self.keep(coroutine, name)

    async def stop(self) -> None:
        """Stop the rooms, close every link and the store; what was committed stays."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.transport.stop()
        self.kernel.close()

    def keep(self, coroutine: Coroutine[object, object, None], name: str) -> None:
        """Run `coroutine` as long as the node lives; a failure is logged and raised as an alarm, never swallowed."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            code = error.code if isinstance(error, LatticeworkError) else "LW-1000"
            log.error("%s stopped: %s", task.get_name(), code, exc_info=error)
            self.kernel.alarm(code, None, f"The node's part {task.get_name()!r} stopped; restart the node.")

    # ---- links -----------------------------------------------------------------------------------------------------

    async def open_links(self) -> None:
        """Bring the open links in step with the trusted partners: open new ones, close removed ones."""
        wanted = {p.member: p for p in self.kernel.partners()}
        for gone in set(self._linked) - set(wanted):
            del self._linked[gone]
            await self.transport.close(gone)
        for member, partner in wanted.items():
            link = self._link(partner)
            if link is None or self._linked.get(member) == _identity_of(link):
                continue
            try:
                await self.transport.open(link)
                self._linked[member] = _identity_of(link)
            except (LinkError, IdentityError) as error:
                self._watch.say(error.code, member, error.message)

    def _links(self) -> list[PartnerLink]:
        return [link for partner in self.kernel.partners() if (link := self._link(partner)) is not None]

    def _link(self, partner: Partner) -> PartnerLink | None:
        certificate, key = self.kernel.identity.tls()
        dials = self.kernel.own < partner.member
        listen = None if dials else self.composed.listen_address(partner.member)
        if dials and partner.endpoint is None:
            return None  # its bundle named no address: it must dial, or send a new bundle
        return PartnerLink(
            partner=partner.member, partner_root_pem=partner.root_pem, certificate_pem=certificate, key_pem=key,
            name=partner.name, listen=listen, dial=partner.endpoint if dials else None,
        )

    def _arrived(self, events: list[TransportEvent]) -> None:
        failed: Exception | None = None
        for event in events:
            if isinstance(event, LinkUp):
                log.info("link to %s is up", event.peer)
                self._watch.up(event.peer)
            elif isinstance(event, LinkLost):
                log.info("link to %s is lost: %s", event.peer, event.reason)
                if event.code:
                    self._watch.say(event.code, event.peer, f"The link to {event.peer} was closed: {event.reason}.")
            try:
                self.kernel.handle(event)
            except Exception as error:  # noqa: BLE001 - of whatever kind: the other partners' events come first
                failed = failed or error
        if failed is not None:
            raise failed

    def _perform(self, command: Send | Close) -> bool:
        if isinstance(command, Send):
            return self.transport.send(command.peer, command.lane, command.data)
        if command.peer not in self._closing:
            self._closing.add(command.peer)
            self.keep(self._close_for_a_while(command.peer, command.reason), f"close {command.peer}")
        return True

    async def _close_for_a_while(self, peer: MemberId, reason: str) -> None:
        log.warning("link to %s closed: %s", peer, reason)
        await self.transport.close(peer)
        self._linked.pop(peer, None)
        await asyncio.sleep(REOPEN_S)
        self._closing.discard(peer)
        await self.open_links()

    # ---- beat ------------------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._due.set()

    async def _beat(self) -> None:
        """Give the kernel a tick when something is due, and at least every quarter of a second."""
        while True:
            due_ms = self.kernel.next_due_ms()
            wait_s = IDLE_S if due_ms is None else min(IDLE_S, max(0.0, (due_ms - self.kernel.clock.now_ms()) / 1000))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), wait_s)
            self._due.clear()
            self.kernel.handle(Tick())
            if self.kernel.partners_changed():
                await self.open_links()

    async def _renew(self) -> None:
        """Renew node certificates and grants long before they lapse; links change over before the old one closes."""
        while True:
            try:
                self.kernel.identity.renew_if_due(self.kernel.clock.now_ms())
                await self.open_links()  # one whose port was taken is tried again too
                if self.kernel.identity.issuer_due(self.kernel.clock.now_ms()):
                    self._watch.say(InvalidCertificate.code, None, ISSUER_DUE)
                self.kernel.renew_grants()
            except LatticeworkError as error:
                # Tried again in a minute; half of every validity is left for that.
                self._watch.say(error.code, None, error.message)
            await asyncio.sleep(RENEW_S)


def _identity_of(link: PartnerLink) -> tuple[object, ...]:
    return (link.certificate_pem, link.partner_root_pem, link.listen, link.dial)


def write_address(home: Path, url: str) -> None:
    """Leave the web address where the command line looks for it."""
    run = home / "run"
    run.mkdir(exist_ok=True)
    (run / "address").write_text(url + "\n", encoding="utf-8")
