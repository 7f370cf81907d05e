"""The Dash server: pages, components, figures, the HTTP API."""
