"""Pictures that people send: read in a sandbox, written anew, cut."""

from io import BytesIO

import pytest
from PIL import Image, ImageCms

from lucarne_engine.errors import SourceError
from lucarne_engine.pictures import own
from lucarne_engine.pictures.own import (
    Crop,
    cut_picture,
    fit_crop,
    largest_crop,
    take_picture,
)

WIDE = (16, 9)


def halves(size=(800, 600)):
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, (220, 20, 20))
    picture.paste((20, 20, 220), (size[0] // 2, 0, *size))
    return picture


def written(path, form, picture=None, **how):
    (picture or halves()).save(path, form, **how)
    return path


def read(path, tmp_path):
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    return take_picture(path, shape=WIDE, out=out)[0]


def is_red(color):
    return color[0] > 150 and color[2] < 90


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_each_format_is_read(tmp_path, form):
    got = read(written(tmp_path / "picture", form), tmp_path)
    assert (got.width, got.height) == (800, 600)
    with Image.open(got.file) as kept:
        assert kept.format == "JPEG"
        assert is_red(kept.getpixel((10, 300)))
        assert not is_red(kept.getpixel((790, 300)))


def test_a_picture_is_turned_upright_and_says_nothing_of_where_it_was_taken(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is left is shown above
    exif[0x010F] = "SECRET CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    sent = written(
        tmp_path / "a.jpg", "JPEG", exif=exif, icc_profile=profile, comment=b"SECRET"
    )
    got = read(sent, tmp_path)
    made = cut_picture(
        got.file, largest_crop(got.width, got.height, shape=WIDE), out=tmp_path / "out"
    )
    assert (got.width, got.height) == (600, 800)
    with Image.open(got.file) as kept:
        assert is_red(kept.getpixel((300, 10)))
        assert not is_red(kept.getpixel((300, 790)))
    for path in (got.file, *made.files):
        data = path.read_bytes()
        assert b"SECRET" not in data
        assert b"Exif" not in data
        assert b"ICC_PROFILE" not in data


def test_a_photograph_with_a_hidden_second_picture_is_no_animation(tmp_path):
    sent = written(
        tmp_path / "a.jpg", "MPO", save_all=True, append_images=[halves((100, 100))]
    )
    assert read(sent, tmp_path).width == 800


def test_what_is_transparent_lies_over_black(tmp_path):
    clear = Image.new("RGBA", (640, 360), (255, 255, 255, 0))
    got = read(written(tmp_path / "a.png", "PNG", clear), tmp_path)
    with Image.open(got.file) as kept:
        assert max(kept.getpixel((5, 5))) < 5


def _png_header(width, height):
    """A PNG whose header promises what its few bytes do not hold."""
    small = BytesIO()
    Image.new("1", (320, 180)).save(small, "PNG")
    data = bytearray(small.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    import zlib

    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def _bytes(form, **how):
    out = BytesIO()
    halves().save(out, form, **how)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture_empty"),
        (b"hello", "picture_unknown"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "picture_unknown"),
        (b"%PDF-1.4 nothing", "picture_unknown"),
        (_bytes("GIF"), "picture_unknown"),
        (_bytes("JPEG")[:2000], "picture_broken"),
        (_bytes("PNG")[:1000], "picture_broken"),
        (_bytes("WEBP")[:700], "picture_broken"),
        (_bytes("PNG", save_all=True, append_images=[halves().rotate(180)]), "picture_animated"),
        (_bytes("WEBP", save_all=True, append_images=[halves().rotate(180)]), "picture_animated"),
        (_png_header(1, 1), "picture_small"),
        (_png_header(20_000, 20_000), "picture_large"),
        (_png_header(2_000_000_000, 1_000), "picture_large"),
    ],
)  # fmt: skip
def test_what_is_no_poster_is_refused_by_its_code(tmp_path, data, code):
    path = tmp_path / "sent"
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        read(path, tmp_path)
    assert caught.value.code == code
    assert list((tmp_path / "out").iterdir()) == []


def test_more_bytes_than_a_poster_may_have_are_not_read(tmp_path):
    path = tmp_path / "sent"
    with path.open("wb") as file:
        file.truncate(own.MOST_BYTES + 1)
    with pytest.raises(SourceError) as caught:
        read(path, tmp_path)
    assert caught.value.code == "picture_heavy"


def test_a_part_is_cut_in_every_size_and_never_enlarged(tmp_path):
    got = read(written(tmp_path / "a.png", "PNG"), tmp_path)
    right = Crop(left=400, top=0, width=400, height=225)
    made = cut_picture(got.file, right, out=tmp_path / "out")
    sizes = []
    for path in made.files:
        with Image.open(path) as cut:
            sizes.append(cut.size)
            assert not is_red(cut.getpixel((10, 10)))
    assert sizes == [(400, 225), (320, 180), (400, 225)]
    assert int(made.color[5:], 16) > 150


@pytest.mark.parametrize(
    ("size", "crop"),
    [
        ((1600, 900), (0, 0, 1600, 900)),
        ((1600, 1600), (0, 350, 1600, 900)),
        ((3200, 900), (800, 0, 1600, 900)),
    ],
)
def test_the_middle_is_cut_where_nobody_says_otherwise(size, crop):
    assert tuple(vars(largest_crop(*size, shape=WIDE)).values()) == crop


@pytest.mark.parametrize(
    ("left", "top", "wide", "crop"),
    [
        (10, 20, 640, (10, 20, 640, 360)),
        (-50, 5000, 640, (0, 540, 640, 360)),
        (9999, 0, 99999, (0, 0, 1600, 900)),
        (0, 0, 1, (0, 0, 320, 180)),
    ],
)
def test_a_wished_part_is_moved_into_the_picture(left, top, wide, crop):
    fitted = fit_crop(1600, 900, shape=WIDE, left=left, top=top, wide=wide)
    assert tuple(vars(fitted).values()) == crop
