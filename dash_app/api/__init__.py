"""The HTTP API under ``/api/v1``, described by its own OpenAPI document."""

from dash_app.api.register import register_api as register_api
