"""The base of what the API's description speaks of."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel


class Described(BaseModel):
    """Its JSON schema is made once: each of the calls asks for those of its answers and refusals anew."""

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        return _schema_of(cls, *args, **options)


@cache
def _schema_of(model: type[Described], *args: Any, **options: Any) -> dict[str, Any]:
    return super(Described, model).model_json_schema(*args, **options)
