"""The workbench: what every room needs, made once. Its parts stand on the kernel alone."""
