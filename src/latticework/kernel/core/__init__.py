"""One member's node without sockets: the facade that shell and rooms talk to.

:class:`Kernel` joins identity, policy, records, ledger, store and exchange. Officers act through it, each act passes
the gate, and what must leave the node leaves through :meth:`Kernel.attach`'s `perform`, after it was committed.
"""

from latticework.kernel.core.kernel import Kernel
from latticework.kernel.core.parts import KernelParts
from latticework.kernel.core.streams import StreamHub, StreamView

__all__ = ["Kernel", "KernelParts", "StreamHub", "StreamView"]
