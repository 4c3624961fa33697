"""How DBOS keeps our arguments and errors: as JSON, never as pickles.

A pickle in a database would be code that whoever can write there may run.
"""

from __future__ import annotations

import json
from typing import Any

from dbos import Serializer

from lucarne.core.jobs import names
from lucarne.core.jobs.handlers import failure
from lucarne.core.jobs.port import JobFailed
from lucarne.core.jobs.views import read


class PlainJson(Serializer):
    """Values as ``{"value": …}``, errors as ``{"error": [code, detail]}``."""

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            kept = data if isinstance(data, JobFailed) else failure(data)
            return json.dumps({"error": [kept.code, kept.detail]})
        return json.dumps({"value": data})

    def deserialize(self, serialized_data: str) -> Any:
        return read(serialized_data)

    def name(self) -> str:
        return names.SERIALIZATION
