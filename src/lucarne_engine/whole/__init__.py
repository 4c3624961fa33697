"""From a film to a folder that any web server can serve, and on where it stopped.

order      what is wanted: a film, its plan, the codecs of a fine ladder
units      the pieces of work, and how each is done
state      what is finished: a file in the folder, replaced in one piece
folder     whose folder it is, and how finished files come into it
ladder     the rungs: the plan's own, or those that a trial finds
manifests  the playlists and the description of what is there
make       all of it
measure    how good it looks
"""

from lucarne_engine.whole.folder import check_folder
from lucarne_engine.whole.make import Watcher, encode_film
from lucarne_engine.whole.measure import measure_film
from lucarne_engine.whole.order import Order, identity
from lucarne_engine.whole.result import Result
from lucarne_engine.whole.state import Made, Run
from lucarne_engine.whole.units import Unit

__all__ = [
    "Made",
    "Order",
    "Result",
    "Run",
    "Unit",
    "Watcher",
    "check_folder",
    "encode_film",
    "identity",
    "measure_film",
]
