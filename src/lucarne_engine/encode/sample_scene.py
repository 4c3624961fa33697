"""The sample film's pictures: a day seen through a skylight, drawn as vectors.

Advanced SubStation Alpha drawings, one event per shape and picture; libass needs
no font for them. Places are in a frame of 1280 x 720, times are shares of the film.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin
from typing import Final

from lucarne_engine.encode.sample_letters import Point, Stroke, strokes_of, width_of

WIDTH: Final = 1280
HEIGHT: Final = 720
SUBTITLES: Final = {"fr": "UNE FENÊTRE SUR LE MONDE", "en": "A WINDOW ON THE WORLD"}

Color = tuple[int, int, int]
Polygon = Sequence[Point]
Drawing = tuple[int, str]  # layer, event text

_PRECISION: Final = 8  # \p4: an eighth of a pixel
_WHITE: Final = (255, 255, 255)
_HILLS: Final = (  # base line, height, waves, drift, by day, by night
    (470, 46, 2.1, 50, (126, 152, 176), (25, 33, 66)),
    (540, 60, 1.5, 120, (82, 128, 118), (17, 28, 52)),
    (630, 54, 1.1, 230, (44, 88, 70), (9, 18, 34)),
)
_HEAD: Final = """[Script Info]
ScriptType: v4.00+
PlayResX: 1280
PlayResY: 720
YCbCr Matrix: None
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, Outline, Shadow, Alignment
Style: D,none,20,&H00FFFFFF,&H00FFFFFF,&H00FFFFFF,1,0,0,7
[Events]
Format: Layer, Start, End, Style, Text
"""


def write_scene(*, pictures: int, rate: int, language: str) -> str:
    """Write the whole film's drawings; ``rate`` divides 100."""
    events: list[tuple[int, int, Drawing]] = []  # first picture, end, what
    standing: dict[Drawing, int] = {}  # shapes that have not moved, since when
    slow: set[Drawing] = set()
    for number in range(pictures):
        now = number / pictures
        # What is large or hardly moves is drawn for every other picture: a third less
        # to draw, and nobody sees it.
        slow = slow if number % 2 else set(_slowly(now))
        seen = slow.union(_quickly(now, language))
        gone = [drawing for drawing in standing if drawing not in seen]
        events += [(standing.pop(drawing), number, drawing) for drawing in gone]
        standing |= {drawing: number for drawing in seen if drawing not in standing}
    events += [(begin, pictures, drawing) for drawing, begin in standing.items()]
    step = 100 // rate
    lines = [
        f"Dialogue: {layer},{_clock(begin * step)},{_clock(end * step)},D,{text}\n"
        for begin, end, (layer, text) in sorted(events)
    ]
    return _HEAD + "".join(lines)


def _clock(centiseconds: int) -> str:
    minutes, rest = divmod(centiseconds, 6000)
    return f"0:{minutes:02}:{rest // 100:02}.{rest % 100:02}"


def _slowly(now: float) -> Iterator[Drawing]:
    night = _night(now)
    yield from ((0, text) for text in _stars(now, night))
    yield 1, _glow(now)
    for layer, (base, high, waves, drift, day, dark) in enumerate(_HILLS, 10):
        points = _hill(now, base, high, waves, drift)
        yield layer, _shape([points], _mix(day, dark, night))


def _quickly(now: float, language: str) -> Iterator[Drawing]:
    yield from enumerate(_sun(now), 2)
    yield from ((5, text) for text in _clouds(now, _night(now)))
    yield from ((20, text) for text in _birds(now))
    yield from _title(now, language)
    yield from enumerate(_window(now), 40)


def _night(now: float) -> float:
    return 1 - _rise(now, 0.0, 0.25) + _rise(now, 0.72, 0.92)


def _rise(now: float, begin: float, end: float) -> float:
    """From 0 at ``begin`` to 1 at ``end``, smoothly."""
    share = min(1.0, max(0.0, (now - begin) / (end - begin)))
    return share * share * (3 - 2 * share)


def _mix(one: Color, other: Color, share: float) -> Color:
    red, green, blue = (
        round(a + (b - a) * min(1.0, share)) for a, b in zip(one, other, strict=True)
    )
    return red, green, blue


def _shape(
    polygons: Sequence[Polygon], color: Color, *, opacity: float = 1, blur: float = 0
) -> str:
    red, green, blue = color
    paths = []
    for points in polygons:
        spots = [f"{round(x * _PRECISION)} {round(y * _PRECISION)}" for x, y in points]
        paths.append(f"m {spots[0]} l {' '.join(spots[1:])}")
    alpha = round(255 * (1 - min(1.0, max(0.0, opacity))))
    soft = f"\\blur{blur:.1f}" if blur else ""
    style = f"\\1c&H{blue:02X}{green:02X}{red:02X}&\\1a&H{alpha:02X}&"
    return f"{{\\an7\\pos(0,0)\\p4{style}{soft}}}{' '.join(paths)}"


def _disc(x: float, y: float, radius: float, sides: int = 40) -> Polygon:
    turns = (2 * pi * n / sides for n in range(sides))
    return [(x + radius * cos(turn), y + radius * sin(turn)) for turn in turns]


def _stars(now: float, night: float) -> Iterator[str]:
    if night < 0.05:
        return
    for star in range(60):
        x, y = (star * 397) % WIDTH, (star * star * 61 + star * 113) % 430
        glimmer = 0.65 + 0.35 * sin(40 * now + star * 2.4)
        size = 1.0 + (star % 4) * 0.45
        yield _shape([_disc(x, y, size, 8)], _WHITE, opacity=night * glimmer)


def _sun_at(now: float) -> tuple[float, float, Color]:
    turn = pi * (0.06 + 1.0 * now)
    x, y = 640 - 520 * cos(turn), 560 - 430 * sin(turn)
    return x, y, _mix((255, 246, 214), (255, 150, 70), 1 - sin(turn))


def _glow(now: float) -> str:
    x, y, color = _sun_at(now)
    return _shape([_disc(x, y, 130)], color, opacity=0.30, blur=60)


def _sun(now: float) -> Iterator[str]:
    x, y, color = _sun_at(now)
    yield _shape([_disc(x, y, 74)], color, opacity=0.45, blur=22)
    yield _shape([_disc(x, y, 46)], color, blur=1.5)


def _clouds(now: float, night: float) -> Iterator[str]:
    color = _mix((255, 252, 248), (70, 78, 110), night)
    for cloud, (start, y, speed, size) in enumerate(
        ((150, 150, 190, 1.0), (620, 95, 130, 0.7), (1000, 215, 250, 1.2))
    ):
        x = (start + speed * now * 2.2) % (WIDTH + 400) - 200
        puffs = [(-70, 12, 34), (-28, -8, 48), (24, -2, 42), (66, 14, 30), (0, 20, 44)]
        discs = [_disc(x + dx * size, y + dy * size, r * size) for dx, dy, r in puffs]
        yield _shape(discs, color, opacity=0.62 - 0.08 * cloud, blur=9)


def _hill(now: float, base: int, high: int, waves: float, drift: int) -> Polygon:
    ridge = []
    for x in range(-20, WIDTH + 41, 20):
        place = (x + drift * now) / WIDTH * 2 * pi * waves
        ridge.append((x, base - high * (0.6 * sin(place) + 0.4 * sin(2.3 * place + 1))))
    return [(-20, HEIGHT + 20), *ridge, (WIDTH + 40, HEIGHT + 20)]


def _birds(now: float) -> Iterator[str]:
    for bird in range(5):
        x = -120 + (now - 0.28) * 5600 - bird * 62
        if not -60 < x < WIDTH + 60:
            continue
        y = 330 - 40 * sin(now * 9) + abs(bird - 2) * 26
        flap = 9 * sin(now * 150 + bird * 1.3)
        wings = ((x - 20, y - flap), (x, y), (x + 20, y - flap))
        yield _shape(_line(wings, 3), (40, 44, 60), opacity=0.9)


def _line(points: Stroke, thickness: float) -> list[Polygon]:
    """Make the polygons of a stroke with round ends and joints."""
    half = thickness / 2
    sides = 8 if thickness < 6 else 14
    polygons: list[Polygon] = [_disc(x, y, half, sides) for x, y in points]
    for (x, y), (to_x, to_y) in pairwise(points):
        length = hypot(to_x - x, to_y - y) or 1.0
        dx, dy = (to_y - y) / length * half, (x - to_x) / length * half
        # the same direction as the discs, so that they add up
        side = [(x + dx, y + dy), (to_x + dx, to_y + dy)]
        polygons.append([*side, (to_x - dx, to_y - dy), (x - dx, y - dy)])
    return polygons


def _title(now: float, language: str) -> Iterator[Drawing]:
    subtitle = SUBTITLES.get(language, SUBTITLES["en"])
    yield from _words("LUCARNE", now, y=235, size=15, thickness=11, begin=0.40)
    yield from _words(subtitle, now, y=385, size=5, thickness=3.4, begin=0.52)


def _words(
    text: str, now: float, *, y: float, size: float, thickness: float, begin: float
) -> Iterator[Drawing]:
    gone = _rise(now, 0.82, 0.88)
    left = 640 - width_of(text) * size / 2
    for place, (offset, strokes) in enumerate(strokes_of(text)):
        seen = _rise(now, begin + place * 0.012, begin + 0.05 + place * 0.012)
        opacity = seen * (1 - gone)
        if opacity <= 0:
            continue
        fall = 26 * (1 - seen)
        polygons: list[Polygon] = []
        for stroke in strokes:
            spots = tuple(
                (left + (offset + px) * size, y + fall + py * size) for px, py in stroke
            )
            polygons += _line(spots, thickness)
        yield 30, _shape(polygons, (32, 40, 70), opacity=0.35 * opacity, blur=5)
        yield 31, _shape(polygons, _WHITE, opacity=opacity)


def _window(now: float) -> Iterator[str]:
    """Draw the room's wall around an arched window, through which the camera goes."""
    inside = _rise(now, 0.06, 0.32) - _rise(now, 0.88, 0.99)
    zoom = 1 + 3.2 * inside * inside
    if zoom > 4.1:
        return
    arch = [(cos(pi + pi * n / 48), sin(pi + pi * n / 48)) for n in range(49)]
    opening = [(x * 200, y * 200 - 30) for x, y in arch]
    left = _zoomed([*reversed(opening[:25]), (-200, 230), (2, 230)], zoom)
    middle = WIDTH / 2
    room = [(middle + 2, HEIGHT + 9), (-9, HEIGHT + 9), (-9, -9), (middle + 2, -9)]
    wall = [*left, *room] if left[-1][1] < HEIGHT else [*left[:-1], *room[1:]]
    for side in (wall, [(WIDTH - x, y) for x, y in reversed(wall)]):
        yield _shape([side], (27, 25, 34))
    near = _rise(zoom, 2.2, 4.0)
    bars = (((0, -228), (0, 230)), ((-200, -30), (200, -30)), ((-200, 100), (200, 100)))
    crossed = [part for bar in bars for part in _line(_zoomed(bar, zoom), 8 * zoom)]
    yield _shape(crossed, (104, 76, 58), opacity=1 - near)
    outline = ((-200, 230), *opening, (200, 230), (-200, 230))
    yield _shape(_line(_zoomed(outline, zoom), 16 * zoom), (92, 66, 50))
    sill = ((-236, 236), (236, 236), (226, 262), (-226, 262))
    yield _shape([_zoomed(sill, zoom)], (122, 90, 68))


def _zoomed(points: Sequence[Point], zoom: float) -> Stroke:
    return tuple((640 + x * zoom, 350 + y * zoom) for x, y in points)
