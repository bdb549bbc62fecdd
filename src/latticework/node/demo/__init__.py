"""The demonstration: five sovereign nodes on one machine, each a process with its own keys and database."""
