"""Sound and film are told apart by their tracks, whatever the container's first word is."""

import io

import pytest

from engine.files.kinds import M4A, MP4, OGG, QUICKTIME, WEBA, WEBM, kind_of
from tests.engine import file_samples as samples

SOUND, FILM = b"soun", b"vide"
BRANDS = (b"isom", b"mp42", b"iso8", b"hvc1", b"XAVC", b"f4v ", b"dby1", b"3gp4", b"M4A ")


def found(content: bytes):
    return kind_of(io.BytesIO(content), "x")


@pytest.mark.parametrize("brand", BRANDS)
def test_the_tracks_of_an_mp4_decide(brand):
    assert found(samples.movie(brand, SOUND)) is M4A
    assert found(samples.movie(brand, FILM)) is MP4
    assert found(samples.movie(brand, SOUND, FILM)) is MP4
    assert found(samples.movie(brand, SOUND, b"text")) is M4A


def test_they_are_found_behind_what_was_recorded():
    assert found(samples.movie(b"iso5", SOUND, first=samples.box(b"mdat", b"\x00" * 100_000))) is M4A
    long = b"\x00\x00\x00\x01mdat" + (100_016).to_bytes(8, "big") + b"\x00" * 100_000
    assert found(samples.movie(b"iso5", SOUND, first=long)) is M4A


def test_where_none_is_described_the_brand_decides():
    assert found(samples.boxed(b"isom")) is MP4
    assert found(samples.boxed(b"M4B ")) is M4A
    assert found(samples.boxed(b"XAVC")) is None


def test_quicktime_stays_what_it_is():
    assert found(samples.movie(b"qt  ", FILM)) is QUICKTIME


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_pictures_in_such_a_box_are_not_taken(brand):
    meta = samples.box(b"meta", b"\x00" * 4, samples.box(b"hdlr", b"\x00" * 8 + b"pict" + b"\x00" * 13))
    assert found(samples.box(b"ftyp", brand + b"\x00" * 8) + meta) is None


@pytest.mark.parametrize("content", [
    samples.movie(b"isom", SOUND)[:60],
    samples.box(b"ftyp", b"isom" + b"\x00" * 8) + b"\x00\x00\x00\x04moov" * 3,
    samples.box(b"ftyp", b"isom" + b"\x00" * 8) + b"\xff" * 100,
    samples.box(b"ftyp", b"isom" + b"\x00" * 8) + samples.box(b"moov") * 50_000,
    samples.webm(2)[:70],
])  # fmt: skip
def test_what_is_damaged_ends_the_search(content):
    assert found(content) in (MP4, WEBM, None)


@pytest.mark.parametrize("live", [False, True])
def test_the_tracks_of_a_webm_decide(live):
    assert found(samples.webm(2, live=live)) is WEBA
    assert found(samples.webm(1, live=live)) is WEBM
    assert found(samples.webm(2, 1, live=live)) is WEBM
    assert found(samples.webm(1, doctype=b"matroska", live=live)) is None


def test_an_ogg_with_a_film_beside_its_sound_is_no_sound():
    film, sound = samples.page(b"\x80theora"), samples.page(b"\x01vorbis")
    assert found(sound) is OGG
    assert found(samples.page(b"fishead\x00") + sound) is OGG
    assert found(film + sound) is None
    assert found(sound + film) is None
    assert found(samples.page(b"fishead\x00")) is None
