"""Captions and subtitles: read from what people have, written as WebVTT.

``read`` does it for a file, ``reader`` does the same in a process that may do nothing
else, ``film`` says what the text tracks of a film become. One format each: ``webvtt``,
``subrip``, ``ttml``, ``dialogue`` (what is inside films).
"""
