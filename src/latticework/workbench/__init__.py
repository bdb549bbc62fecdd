"""The workbench: what every room needs, made once. Its parts stand on the kernel alone.

:class:`~latticework.workbench.bench.Workbench` holds the parts of one node; a room registers what it uses of them in
its ``join`` (see ``latticework.testing.lighthouse`` for a room that uses each).
"""
