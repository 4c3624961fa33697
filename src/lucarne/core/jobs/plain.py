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


class PlainJson(Serializer):
    """Values as ``{"value": …}``, errors as ``{"error": [code, detail]}``."""

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            kept = data if isinstance(data, JobFailed) else failure(data)
            return json.dumps({"error": [kept.code, kept.detail]})
        return json.dumps({"value": data})

    def deserialize(self, serialized_data: str) -> Any:
        found = json.loads(serialized_data)
        if "error" in found:
            code, detail = found["error"]
            return JobFailed(code, detail)
        return found["value"]

    def name(self) -> str:
        return names.SERIALIZATION
