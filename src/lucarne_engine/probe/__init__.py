"""What is in this file? ``worker`` looks, in a sandboxed process, and reports."""

from lucarne_engine.probe.limits import ProbeLimits
from lucarne_engine.probe.report import SourceReport

__all__ = ["ProbeLimits", "SourceReport"]
