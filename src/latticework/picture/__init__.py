"""The Picture room: tracks of one member's own sensors and of what others release, on one map."""
