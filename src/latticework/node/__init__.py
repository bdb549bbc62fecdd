"""The composition root: lists the rooms, wires everything, and nothing else does."""
