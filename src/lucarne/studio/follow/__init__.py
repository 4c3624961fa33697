"""Following work that goes on: pages are told by server-sent events what has changed.

address    who may follow which films, signed into a path
figures    what is said of them
watch      looks once a second for everybody who listens
door       the ASGI application at /follow/
"""
