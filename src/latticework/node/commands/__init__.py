"""The node's own commands; each module holds one typer application."""
