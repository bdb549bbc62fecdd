"""The API under ``/api``: what every page shows, as data."""
