"""What to make of a film: pure data in, pure data out."""

from lucarne_engine.plan.codec import from_json, plan_id, to_json
from lucarne_engine.plan.cost import estimated_cpu_s
from lucarne_engine.plan.make import make_plan
from lucarne_engine.plan.model import (
    AudioPlan,
    Chunk,
    PicturePlan,
    Plan,
    Policy,
    Rung,
)

__all__ = [
    "AudioPlan",
    "Chunk",
    "PicturePlan",
    "Plan",
    "Policy",
    "Rung",
    "estimated_cpu_s",
    "from_json",
    "make_plan",
    "plan_id",
    "to_json",
]
