"""The media engine: looks into films, plans, encodes, packages and describes them.

It knows no Django, no database and no web server; everything that it needs
(folders, limits, progress callback, cancel signal) is handed to it.
"""
