"""Pictures are drawn anew: upright, with nothing but their pixels, and never more of them than allowed."""

import errno
import io
import weakref

import pytest
from PIL import Image, ImageFile
from PIL.GifImagePlugin import GifImageFile

from engine.files.kinds import kind_of
from engine.files.pictures import MOST_FRAMES, BadPicture, TooManyPixels, TooMuchMotion, _up_to, redrawn
from tests.engine import file_samples as samples

MOST = 1_000_000


def again(content: bytes, most: int = MOST, moving: int = MOST) -> bytes:
    file = io.BytesIO(content)
    with redrawn(file, kind_of(file, "x"), most, moving) as made:
        made.seek(0)
        return made.read()


def red(pixel) -> bool:
    return pixel[0] > 180 > 80 > pixel[2]


def test_a_photo_is_upright_and_says_nothing_of_place_and_camera():
    made = again(samples.photo(turned=6))
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, image.size) == ("JPEG", (32, 64))
        assert red(image.getpixel((16, 4)))  # what was on the left is above
        assert not red(image.getpixel((16, 60)))
        assert not image.getexif()
    for secret in (b"Secretphone", b"secret comment", b"Exif"):
        assert secret in samples.photo()
        assert secret not in made


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "JPEG"])
def test_a_picture_stays_what_it_is(form):
    with Image.open(io.BytesIO(again(samples.picture(form, (64, 32))))) as image:
        assert (image.format, image.size) == (form, (64, 32))
        assert red(image.convert("RGB").getpixel((4, 4)))
        assert not red(image.convert("RGB").getpixel((60, 4)))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_a_picture_that_moves_goes_on_moving_as_fast(form):
    with Image.open(io.BytesIO(again(samples.moving(form)))) as image:
        assert image.n_frames == 3
        shown = []
        for number in range(3):
            image.seek(number)
            image.load()
            shown.append(image.info["duration"])
        assert shown == [100, 200, 300]
        assert image.convert("RGB").getpixel((1, 1))[0] > 120


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_shines_through_still_does(form):
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (9, 9, 9, 0)).save(out, form, lossless=True)
    with Image.open(io.BytesIO(again(out.getvalue()))) as image:
        assert image.convert("RGBA").getpixel((1, 1))[3] == 0


def test_hidden_text_and_what_follows_the_picture_is_gone():
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("GPS", "48.2,16.3")
    content = samples.picture("PNG", pnginfo=notes) + b"<script>alert(1)</script>"
    assert b"GPS" in content
    assert not {word for word in (b"GPS", b"script") if word in again(content)}


MANY = {
    "a bomb": samples.bomb(),
    "one row too many": samples.picture(size=(1001, 500)),
    "a frame too large": samples.moving("GIF", 3, (1001, 500)),
}


@pytest.mark.parametrize("content", MANY.values(), ids=MANY)
def test_too_many_pixels_are_known_before_anything_is_decoded(content, monkeypatch):
    def decode(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    with pytest.raises(TooManyPixels):
        again(content)


@pytest.mark.parametrize(("form", "most"), [("GIF", 1.0), ("PNG", 0.5), ("WEBP", 0.5)])
def test_the_frames_of_a_moving_picture_are_counted_together_and_told(form, most, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(TooMuchMotion) as refused:
        again(samples.moving(form, 3, (600, 600)))
    sentence = f"has 3 frames of 600 x 600, 1.1 million pixels in total; the limit is {most:g} million."
    assert str(refused.value).endswith(sentence)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_a_small_animation_may_have_more_pixels_than_a_picture(form):
    with Image.open(io.BytesIO(again(samples.moving(form, 3, (600, 600)), moving=3_000_000))) as image:
        assert (image.n_frames, image.size) == (3, (600, 600))


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_frames_are_written_one_after_the_other(form, monkeypatch):
    held, most, copy = [], [], Image.Image.copy

    def kept(image):
        made = copy(image)
        held.append(weakref.ref(made))
        most.append(sum(one() is not None and one().mode in ("RGB", "RGBA") for one in held))
        return made

    monkeypatch.setattr(Image.Image, "copy", kept)
    again(samples.moving(form, 20, (60, 60)), moving=3_000_000)
    assert max(most, default=0) <= 4


def test_notes_in_an_animation_are_gone():
    out = io.BytesIO()
    frames = [Image.new("RGB", (6, 4), (80 * number, 10, 10)) for number in range(3)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=b"secret words")
    assert b"secret words" in out.getvalue()
    assert b"secret words" not in again(out.getvalue())


def tiny_frames(count: int) -> bytes:
    """A GIF of one pixel whose frames are fifteen bytes each."""
    frame = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame * count + b"\x3b"


def test_very_many_frames_are_refused_before_they_are_gone_through(monkeypatch):
    assert _up_to(5000, io.BytesIO(tiny_frames(3))) == 3
    assert _up_to(5000, io.BytesIO(samples.moving("GIF"))) == 3
    monkeypatch.setattr(GifImageFile, "n_frames", None)
    with pytest.raises(TooMuchMotion, match="more than 2000 frames"):
        again(tiny_frames(MOST_FRAMES + 1))


def test_as_many_pixels_as_allowed_are_taken():
    assert again(samples.picture(size=(1000, 500)))
    assert again(samples.picture("JPEG", (1000, 1000)))
    assert again(samples.picture("WEBP", (1000, 1000)))


@pytest.mark.parametrize(("form", "given"), [("PNG", {}), ("GIF", {}), ("WEBP", {"lossless": True})])
def test_of_a_kind_that_keeps_every_pixel_half_as_many_are_taken(form, given):
    with pytest.raises(TooManyPixels) as refused:
        again(samples.picture(form, (1000, 501), **given))
    assert refused.value.most == MOST // 2


@pytest.mark.parametrize(("form", "given", "options"), [
    ("PNG", {}, {"compress_level": 3}),
    ("WEBP", {"lossless": True}, {"lossless": True, "method": 0, "quality": 0}),
    ("WEBP", {}, {"quality": 88}),
    ("JPEG", {}, {"quality": 88, "progressive": True}),
])  # fmt: skip
def test_little_effort_is_made_to_keep_every_pixel_in_fewer_bytes(form, given, options, monkeypatch):
    content, save, seen = samples.picture(form, **given), Image.Image.save, []
    monkeypatch.setattr(Image.Image, "save", lambda *a, **given: seen.append(given) or save(*a, **given))
    again(content)
    assert seen == [{**options, "icc_profile": None}]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_damaged_picture_is_refused(form):
    whole = samples.picture(form, (200, 200))
    with pytest.raises(BadPicture):
        again(whole[: len(whole) // 2])
    with pytest.raises(BadPicture):
        again(whole[:16])


def test_a_picture_that_lies_about_its_size_is_refused():
    with pytest.raises(BadPicture):
        again(samples.bomb(700, 700))


def test_a_disk_without_room_is_no_fault_of_the_picture(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="No space"):
        again(samples.picture())
