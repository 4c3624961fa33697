"""Run one unit of a plan with FFmpeg: rungs of one chunk, or one sound track."""

from lucarne_engine.encode.chunk import encode_chunk
from lucarne_engine.encode.result import ChunkResult
from lucarne_engine.encode.sound import encode_audio

__all__ = ["ChunkResult", "encode_audio", "encode_chunk"]
