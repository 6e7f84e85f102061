"""Pictures are drawn anew before they are kept: only the pixels stay, no place, no camera, no hidden payload."""

import tempfile
from typing import Any, BinaryIO, cast

from PIL import Image, ImageOps, ImageSequence

from engine.files.kinds import GIF, JPEG, PNG, WEBP, Kind
from hubster.lib.pool import is_no_room

_FORMATS = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
_QUALITY = 88
MOST_FRAMES = 2000
_MOST_PROFILE = 65_536  # bytes of a colour profile
_LOSSLESS = 2  # a pixel that is kept as it is takes longer than others: so many times fewer are taken
_HEAVY = 2  # the same of frames that take longer to be written than those of a GIF
# The least effort: more of it takes minutes for some pictures and makes few of them much smaller.
_QUICK = {PNG: {"compress_level": 3}, WEBP: {"lossless": True, "method": 0, "quality": 0}}


class BadPicture(Exception):
    """A picture that cannot be read; the text is a sentence for people."""


class TooManyPixels(Exception):
    """A picture over the cap, known before any of it is decoded; `most` is the cap."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most


class TooMuchMotion(Exception):
    """The frames of a moving picture are more than is taken; the text is a sentence for people."""


def redrawn(file: BinaryIO, kind: Kind, most_pixels: int, most_moving: int) -> BinaryIO:
    """A temporary file with the picture alone, upright; the caller closes it.

    `most_pixels` is the cap of one frame, half of it where pixels are kept as they are; `most_moving` that of all
    frames of a moving picture together. Raises `BadPicture`, `TooManyPixels` or `TooMuchMotion`, and what the disk
    raises.
    """
    file.seek(0)
    out = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115, the caller closes it
    try:
        _draw(file, kind, (most_pixels, most_moving), out)
    except Image.DecompressionBombError:
        out.close()
        raise TooManyPixels(most_pixels) from None
    except (TooManyPixels, TooMuchMotion, BadPicture):
        out.close()
        raise
    except Exception as fault:  # whatever a decoder stumbles over, it is the file's fault
        out.close()
        if is_no_room(fault):
            raise
        raise BadPicture("The picture is damaged.") from fault
    return out


def _draw(file: BinaryIO, kind: Kind, most: tuple[int, int], out: BinaryIO) -> None:
    with Image.open(file, formats=[_FORMATS[kind]]) as picture:
        options = _options(picture, kind)
        _check_size(picture, most[0] if "quality" in options and "lossless" not in options else most[0] // _LOSSLESS)
        frames = 1 if kind is JPEG else _frames(picture, kind)
        options["icc_profile"] = _profile(picture)
        if frames == 1:
            _bare(ImageOps.exif_transpose(picture)).save(out, _FORMATS[kind], **options)
            return
        _check_motion(picture, frames, most[1] if kind is GIF else most[1] // _HEAVY)
        _draw_moving(picture, kind, options | _motion(picture, kind), out)


def _check_size(picture: Any, most: int) -> None:
    """By the head of the file; nothing is decoded yet."""
    if picture.width * picture.height > most:
        raise TooManyPixels(most)


def _check_motion(picture: Any, frames: int, most: int) -> None:
    pixels = picture.width * picture.height * frames
    if pixels > most:
        raise TooMuchMotion(
            f"The animation has {frames} frames of {picture.width} x {picture.height}, "
            f"{pixels / 1_000_000:,.1f} million pixels in total; the limit is {most / 1_000_000:g} million."
        )


def _draw_moving(picture: Any, kind: Kind, options: dict[str, Any], out: BinaryIO) -> None:
    """Frame by frame: all of them together would take hundreds of megabytes."""
    if kind is GIF:
        frames = (_bare(frame.copy()) for frame in ImageSequence.Iterator(picture))
        next(frames).save(out, _FORMATS[kind], save_all=True, append_images=frames, **options)
        return
    picture.seek(0)
    _bare(picture).save(out, _FORMATS[kind], save_all=True, exif=b"", **options)


def _frames(picture: Any, kind: Kind) -> int:
    """The number of frames; Pillow counts those of a GIF one by one, for seconds if there are very many."""
    frames = _up_to(MOST_FRAMES + 1, picture.fp) if kind is GIF else getattr(picture, "n_frames", 1)
    if frames > MOST_FRAMES:
        raise TooMuchMotion(f"The animation has more than {MOST_FRAMES} frames.")
    return int(getattr(picture, "n_frames", 1))


def _up_to(most: int, file: BinaryIO) -> int:
    """The frames of a GIF, counted no further than that; nothing is decoded."""
    place = file.tell()
    file.seek(10)
    file.seek(_table(file.read(1)) + 2, 1)
    frames = 0
    while frames < most and (mark := file.read(1)) in (b"\x2c", b"\x21"):
        if mark == b"\x2c":
            frames += 1
            file.seek(8, 1)
            file.seek(_table(file.read(1)), 1)
        file.seek(1, 1)
        while size := file.read(1).strip(b"\x00"):
            file.seek(size[0], 1)
    file.seek(place)
    return frames


def _table(flags: bytes) -> int:
    """Bytes of the table of colours that follows."""
    return 3 * 2 ** ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _bare(picture: Image.Image) -> Image.Image:
    """The picture without anything that it knows of itself, but for what a frame needs to be drawn."""
    picture.info = {name: value for name, value in picture.info.items() if name in ("transparency", "duration")}
    return picture


def _options(picture: Any, kind: Kind) -> dict[str, Any]:
    if kind is JPEG:
        return {"quality": _QUALITY, "progressive": True}
    if kind is WEBP:
        picture.fp.seek(0)
        if b"VP8L" not in picture.fp.read(4096):
            return {"quality": _QUALITY}
    return dict(_QUICK.get(kind, {}))


def _profile(picture: Any) -> bytes | None:
    """Colours look wrong without the profile that they were made for."""
    profile = picture.info.get("icc_profile")
    return profile if profile and len(profile) <= _MOST_PROFILE else None


def _motion(picture: Any, kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = {"loop": picture.info["loop"]} if "loop" in picture.info else {}
    if kind is GIF and "transparency" in picture.info:
        found["disposal"] = 2
    if kind is PNG:  # or a picture that only old programs show would be all that is written
        found["default_image"] = False
    if kind is WEBP:  # the other two formats take it from each frame
        found["duration"] = [_duration(frame) for frame in ImageSequence.Iterator(picture)]
    return found


def _duration(frame: Any) -> int:
    frame.load()
    return int(frame.info.get("duration") or 0)
