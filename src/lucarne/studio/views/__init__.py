"""Doors of the studio: the first visit, films, and publishing one."""
