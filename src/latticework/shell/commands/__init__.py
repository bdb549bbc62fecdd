"""Commands of the frame; each module is one typer application, imported when it is run."""
