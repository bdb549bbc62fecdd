"""The lighthouse room's pages."""
