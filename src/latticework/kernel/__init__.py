"""The kernel: identity, labels, policy, records, ledger, store, exchange, transport. It knows nothing above it."""
