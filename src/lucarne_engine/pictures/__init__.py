"""Pictures of a film: poster, thumbnails, storyboard."""

from lucarne_engine.pictures.make import Pictures, make_first_poster, make_pictures

__all__ = ["Pictures", "make_first_poster", "make_pictures"]
