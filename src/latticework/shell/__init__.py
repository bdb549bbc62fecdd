"""The frame that every room stands in: pages, sign-in, API, command line, translations. It imports no room."""
