"""Run one unit of a plan with FFmpeg: rungs of one chunk, or one sound track."""

from lucarne_engine.encode.chunk import encode_chunk
from lucarne_engine.encode.encoders import can_encode, can_measure
from lucarne_engine.encode.levelled import Levelled, encode_levelled
from lucarne_engine.encode.loudness import measure_loudness
from lucarne_engine.encode.result import ChunkResult
from lucarne_engine.encode.sound import encode_audio

__all__ = [
    "ChunkResult",
    "Levelled",
    "can_encode",
    "can_measure",
    "encode_audio",
    "encode_chunk",
    "encode_levelled",
    "measure_loudness",
]
