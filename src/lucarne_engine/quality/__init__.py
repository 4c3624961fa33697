"""How good a picture looks: VMAF of samples, and what a film needs to look good.

sample     which pictures are looked at
reference  those pictures, decoded once and kept without loss
vmaf       the score of what was made of them
trial      a few cheap encodes: points of bits and quality
film       the trial of all sizes of a film, in each codec
"""

from lucarne_engine.quality.film import try_film
from lucarne_engine.quality.reference import Reference, make_reference
from lucarne_engine.quality.sample import choose_samples, choose_segments
from lucarne_engine.quality.trial import try_sizes
from lucarne_engine.quality.vmaf import Score, measure

__all__ = [
    "Reference",
    "Score",
    "choose_samples",
    "choose_segments",
    "make_reference",
    "measure",
    "try_film",
    "try_sizes",
]
