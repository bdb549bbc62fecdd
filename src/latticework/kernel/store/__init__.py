"""Durable memory of a node: the :class:`Store` protocol, SQLite and memory behind it."""

from latticework.kernel.store.memory import MemoryDisk, MemoryStore, SimulatedCrash
from latticework.kernel.store.protocol import Reader, Store, Transaction
from latticework.kernel.store.sqlite import SqliteStore

__all__ = ["MemoryDisk", "MemoryStore", "Reader", "SimulatedCrash", "SqliteStore", "Store", "Transaction"]
