"""Plans, drift and outcomes as text, Markdown and JSON. Pure: no renderer knows a console or a client."""
