"""The Picture room's pages, API, commands and reference data. Nothing here is imported before it is needed."""
