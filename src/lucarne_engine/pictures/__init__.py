"""Pictures of a film: poster, thumbnails, storyboard; and pictures from elsewhere."""

from lucarne_engine.pictures.make import (
    Pictures,
    Still,
    make_first_poster,
    make_frame,
    make_pictures,
)

__all__ = ["Pictures", "Still", "make_first_poster", "make_frame", "make_pictures"]
