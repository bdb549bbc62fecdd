"""The dummy room of the house: a lighthouse service that uses every part of the workbench. All of it is invented.

It is loaded by ``rooms = ["latticework.testing.lighthouse.surface.room:ROOM"]`` in ``node.toml``. Whoever builds a room
can read it as the smallest whole example.
"""
