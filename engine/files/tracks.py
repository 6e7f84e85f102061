"""Sound or film: told by the tracks that a container has, read from its headers. Pure.

Libraries for it read tags of sounds only (`mutagen`) or parse strangers' bytes in C within our process (`pymediainfo`);
all that is needed here is the kind of each track.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

SOUND, PICTURE = "sound", "picture"
_MOST_STEPS = 20_000  # boxes or elements that are looked at
_MOST_PAGES = 64  # pages of an Ogg's beginning
_WITHIN = {b"moov", b"trak", b"mdia"}
_HANDLERS = {b"soun": SOUND, b"vide": PICTURE}  # `pict` is a still picture or a series of them
_SEGMENT, _TRACKS, _ENTRY, _TYPE, _CLUSTER = 0x18538067, 0x1654AE6B, 0xAE, 0x83, 0x1F43B675
_TRACK_TYPES = {1: PICTURE, 2: SOUND}
_OGG_SOUND = re.compile(rb"OpusHead|\x01vorbis|\x7fFLAC|Speex   ")


def tracks_of_boxes(file: BinaryIO) -> set[str]:
    """Of an MP4 or a relative; empty when none is described, as in a file that was cut off."""
    end = file.seek(0, 2)
    found: set[str] = set()
    stack, steps = [(0, end)], 0
    while stack:
        place, end = stack.pop()
        while place + 8 <= end and steps < _MOST_STEPS:
            steps += 1
            size, kind, head = _box(file, place, end)
            if size < head:
                break
            if kind in _WITHIN:
                stack.append((place + head, min(place + size, end)))
            elif kind == b"hdlr":
                file.seek(place + head + 8)
                found |= {name for name in [_HANDLERS.get(file.read(4))] if name}
            place += size
    return found


def _box(file: BinaryIO, place: int, end: int) -> tuple[int, bytes, int]:
    """(size, kind, bytes of its head); a size of 0 says that it goes on to the end."""
    file.seek(place)
    head = file.read(16)
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if size == 1:
        return int.from_bytes(head[8:16], "big"), kind, 16
    return size or (end - place if kind.strip(b"\x00") else 0), kind, 8


def tracks_of_elements(file: BinaryIO) -> set[str]:
    """Of a WebM; empty when none is described. What is recorded live names its tracks before the first cluster."""
    found: set[str] = set()
    end = file.seek(0, 2)
    steps = 0
    for kind, start, stop in _elements(file, 0, end):
        if kind != _SEGMENT:
            continue
        for inner, begin, last in _elements(file, start, stop):
            steps += 1
            if inner == _TRACKS:
                return _track_types(file, begin, last)
            if steps > _MOST_STEPS or (inner == _CLUSTER and last == end):
                break
    return found


def _track_types(file: BinaryIO, start: int, stop: int) -> set[str]:
    found: set[str] = set()
    for steps, (kind, begin, last) in enumerate(_elements(file, start, stop)):
        if steps > _MOST_STEPS:
            break
        for inner, at, until in _elements(file, begin, last) if kind == _ENTRY else ():
            if inner == _TYPE and until - at <= 8:
                file.seek(at)
                found |= {name for name in [_TRACK_TYPES.get(int.from_bytes(file.read(until - at), "big"))] if name}
    return found


def _elements(file: BinaryIO, place: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(id, where its content begins, where it ends); one of unknown length goes on to the end."""
    while place < end:
        file.seek(place)
        head = file.read(12)
        kind, taken = _number(head, keep_mark=True)
        size, more = _number(head[taken:], keep_mark=False)
        if not taken or not more:
            return
        start = place + taken + more
        unknown = size == (1 << 7 * more) - 1
        stop = end if unknown else min(end, start + size)
        yield kind, start, stop
        place = stop


def _number(head: bytes, keep_mark: bool) -> tuple[int, int]:
    """(number, bytes that it takes) of variable length; 0 bytes when it is none."""
    if not head or not head[0]:
        return 0, 0
    length = 9 - head[0].bit_length()
    if len(head) < length:
        return 0, 0
    value = int.from_bytes(head[:length], "big")
    return value if keep_mark else value & ((1 << 7 * length) - 1), length


def is_ogg_sound(file: BinaryIO) -> bool:
    """True if each stream that an Ogg begins is a sound or describes the others; one with a film is not taken."""
    place, sounds = 0, 0
    for _ in range(_MOST_PAGES):
        file.seek(place)
        head = file.read(27)
        if len(head) < 27 or not head.startswith(b"OggS") or not head[5] & 2:
            break
        sizes = file.read(head[26])
        begin = file.read(64)
        if _OGG_SOUND.match(begin):
            sounds += 1
        elif not begin.startswith(b"fishead\x00"):
            return False
        place += 27 + len(sizes) + sum(sizes)
    return sounds > 0
