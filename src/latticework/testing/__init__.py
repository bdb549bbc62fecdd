"""Public fakes for tests: seeded clock and entropy, lossy network, simulated federation, factories, strategies."""
