"""A film's poster, and another file for it, as who publishes does it in a browser."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import FOR_AXE, violations_in_every_look
from tests.browser.chromium import DESKTOP
from tests.browser.conftest import Films, Visitor


def picture(path: Path) -> Path:
    made = Image.new("RGB", (1600, 1600), (200, 60, 40))
    made.paste((30, 90, 200), (800, 0, 1600, 1600))
    made.save(path, "WEBP")
    return path


def crop_of(page: Page) -> tuple[int, ...]:
    names = ("From the left", "From the top", "Width")
    return tuple(int(page.get_by_label(one).input_value()) for one in names)


def drag(page: Page, what: Locator, x: int, y: int) -> None:
    box = what.bounding_box()
    assert box is not None
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + x, at[1] + y, steps=4)
    page.mouse.up()


def test_a_poster_is_taken_from_the_film_or_sent_and_cut(
    film: Films, owner: Visitor, tmp_path: Path
) -> None:
    made = film("vp9_opus")
    page = owner(**FOR_AXE).page
    home = made.url.partition("/watch/")[0]
    page.goto(f"{home}/studio/films/{made.video}")
    page.get_by_role("link", name="Poster").click()
    poster = page.get_by_alt_text("The poster of the film")
    first = poster.get_attribute("src")
    assert violations_in_every_look(page) == []
    page.set_viewport_size(DESKTOP)

    # A moment that is written moves the film, and the other way round.
    moment = page.get_by_label("Moment")
    video = page.locator("form[data-moment] video")
    moment.fill("0:02,5")
    moment.press("Tab")
    expect(video).to_have_js_property("currentTime", 2.5)
    expect(moment).to_have_value("0:02.500")
    page.get_by_role("button", name="A little later").click()
    expect(moment).to_have_value("0:02.540")
    page.get_by_role("button", name="Take this picture").click()
    expect(page.get_by_text("The picture at 0:02.5.")).to_be_visible()
    frame_address = poster.get_attribute("src")
    assert frame_address != first

    page.get_by_label("Picture").set_input_files(picture(tmp_path / "été.webp"))
    page.get_by_role("button", name="Send it").click()
    frame = page.get_by_role("application", name="The part that is shown")
    expect(frame).to_be_visible()
    assert crop_of(page) == (0, 350, 1600)
    assert violations_in_every_look(page) == []
    page.set_viewport_size(DESKTOP)
    # By keyboard: smaller, moved; never beyond the picture.
    frame.focus()
    for key in ("-", "-", "ArrowUp", "Shift+ArrowUp"):
        page.keyboard.press(key)
    left, top, width = crop_of(page)
    assert (left, width) == (32, 1536)
    assert top == 368 - 32 - 1
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    assert crop_of(page) == (32, 0, 1536)
    # By mouse: the corner makes it smaller, the rest moves it.
    drag(page, frame.locator(".crop-corner"), -200, -100)
    smaller = crop_of(page)
    assert smaller[:2] == (32, 0)
    assert smaller[2] < 1300
    drag(page, frame, 100, 120)
    moved = crop_of(page)
    assert moved[0] > 100
    assert moved[1] > 100
    assert moved[2] == smaller[2]
    # By figures: what does not fit is moved until it does.
    for label, figure in (("Width", "640"), ("From the left", "5000")):
        page.get_by_label(label).fill(figure)
        page.get_by_label(label).press("Tab")
    assert crop_of(page)[0::2] == (960, 640)
    page.get_by_role("button", name="Show this part").click()
    expect(page.get_by_text("Your picture “été.webp”.")).to_be_visible()
    cut = poster.get_attribute("src")
    assert cut not in {first, frame_address}
    size = "one => one.decode().then(() => [one.naturalWidth, one.naturalHeight])"
    assert poster.evaluate(size) == [640, 360]

    visitor = owner(locale="fr-FR", viewport={"width": 360, "height": 740}).page
    visitor.goto(made.url)
    assert visitor.locator("lucarne-player video").get_attribute("poster") == cut
    visitor.goto(page.url)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Affiche")
    visitor.get_by_role("button", name="Revenir à l’affiche automatique").click()
    expect(visitor.get_by_text("Lucarne l’a choisie")).to_be_visible()
    assert visitor.get_by_alt_text("L’affiche du film").get_attribute("src") == first


def test_a_new_file_that_is_no_film_is_explained_and_forgotten(
    film: Films, owner: Visitor, tmp_path: Path
) -> None:
    made = film("vp9_opus")
    page = owner(**FOR_AXE).page
    home = made.url.partition("/watch/")[0]
    page.goto(f"{home}/studio/films/{made.video}")
    page.get_by_role("link", name="Replace the file").click()
    assert violations_in_every_look(page) == []
    page.set_viewport_size(DESKTOP)
    wrong = tmp_path / "notes.mp4"
    wrong.write_text("no film\n" * 5000)
    page.get_by_label("The new file").set_input_files(wrong)
    page.get_by_role("button", name="Replace it").click()
    expect(page.get_by_text("Nothing has changed for viewers")).to_be_visible()
    expect(page.get_by_text("“notes.mp4” is not a film")).to_be_visible()
    assert violations_in_every_look(page) == []
    page.get_by_role("button", name="Forget the new file").click()
    expect(page.get_by_text("the film is as it was")).to_be_visible()
