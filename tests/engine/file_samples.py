"""Small files of every kind, made on the spot, and a visitor who sends them."""

import io
import struct
import zipfile
import zlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from tests.cast import TenantFixture
from tests.two_tenants import webchat_token

FRAME = b"\xff\xfb\x90\x64" + b"\x00" * 413  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes
MP3 = FRAME * 3
SLOW_FRAME = b"\xff\xf3\x80\xc4" + b"\x00" * 204  # MPEG-2 layer III, 64 kbit/s, 22.05 kHz: 208 bytes
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + b"\x00" * 24


def page(content: bytes) -> bytes:
    """The first page of a stream in an Ogg."""
    return b"OggS\x00\x02" + b"\x00" * 20 + b"\x01" + bytes([len(content)]) + content


OGG = page(b"OpusHead" + b"\x00" * 11)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\x00" * 20 + b"\x86\x85V_VP8" + b"\x86\x86A_OPUS"
VOICE = WEBM.replace(b"V_VP8", b"")


def boxed(brand: bytes) -> bytes:
    """The beginning of an MP4 or of one of its relatives."""
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x02\x00mp42isom" + b"\x00\x00\x00\x08mdat"


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4."""
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def movie(brand: bytes, *handlers: bytes, first: bytes = b"") -> bytes:
    """An MP4 with a track for each handler; `first` stands before their description."""
    tracks = [box(b"trak", box(b"mdia", box(b"hdlr", b"\x00" * 8 + name + b"\x00" * 13))) for name in handlers]
    return box(b"ftyp", brand + b"\x00\x00\x00\x00isommp42") + first + box(b"moov", *tracks)


def element(mark: bytes, *parts: bytes) -> bytes:
    """An element of a WebM, with its length in eight bytes."""
    data = b"".join(parts)
    return mark + b"\x01" + struct.pack(">Q", len(data))[1:] + data


def webm(*types: int, doctype: bytes = b"webm", live: bool = False) -> bytes:
    """A WebM with tracks of these types (1 pictures, 2 sound); one recorded live does not know its length."""
    tracks = element(b"\x16\x54\xae\x6b", *(element(b"\xae", element(b"\x83", bytes([kind]))) for kind in types))
    head = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", doctype))
    notes = element(b"\x15\x49\xa9\x66", b"\x00" * 5000)
    if live:
        return head + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + notes + tracks + b"\x1f\x43\xb6\x75\xff" + b"V_VP8"
    return head + element(b"\x18\x53\x80\x67", notes, tracks)


def picture(form: str = "PNG", size: tuple[int, int] = (6, 4), **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def moving(form: str, frames: int = 3, size: tuple[int, int] = (6, 4)) -> bytes:
    """A picture that moves, each frame of another colour."""
    images = [Image.new("RGB", size, (80 * number % 256, 10, 10)) for number in range(frames)]
    out = io.BytesIO()
    times = [100 * (number + 1) for number in range(frames)]
    images[0].save(out, form, save_all=True, append_images=images[1:], duration=times, loop=0)
    return out.getvalue()


def photo(turned: int = 6) -> bytes:
    """A JPEG as a phone makes it: lying on its side, with the place where it was taken and the phone's name."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turned, "Secretphone"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 34.5)
    return picture("JPEG", (64, 32), exif=exif, quality=95, comment=b"secret comment")


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00" * 999)) + chunk(b"IEND", b"")
    )


def archive(*names: str, first: bytes = b"", **parts: bytes) -> bytes:
    """A ZIP with entries of these names; `first` is the content of an entry `mimetype` before them."""
    return packed({**({"mimetype": first} if first else {}), **dict.fromkeys(names, b"<x/>"), **parts})


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP with these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return out.getvalue()


def compound(*streams: str, **contents: bytes) -> bytes:
    """An old office document with these streams; `folder/name` is one within a storage.

    [MS-CFB]: a head, one table of sectors, a directory, and streams of 4,096 bytes or more.
    """
    tree: dict[str, Any] = {}
    for path, data in {**dict.fromkeys(streams, b""), **contents}.items():
        *folders, name = path.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = data
    entries: list[list[Any]] = [["Root Entry", 5, -1, -1, b""]]
    entries[0][3] = _directory(tree, entries)
    sectors: list[bytes] = []
    table: list[int] = []
    rows = []
    for name, kind, right, child, data in entries:
        start = _append(data.ljust(4096, b"\x00"), sectors, table) if kind == 2 else -2
        rows.append(_entry(name, kind, right, child, start, max(4096, len(data)) if kind == 2 else 0))
    directory = _append(b"".join(rows), sectors, table)
    blocks = len(table) // 127 + 1
    first = len(table)
    table += [-3] * blocks + [-1] * (-(len(table) + blocks) % 128)
    blocks = len(table) // 128
    head = struct.pack("<8s16xHHHHH6xIIiIIiIiI", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
                       0, blocks, directory, 0, 4096, -2, 0, -2, 0)  # fmt: skip
    head += struct.pack("<109i", *range(first, first + blocks), *[-1] * (109 - blocks))
    return head + b"".join(sectors) + struct.pack(f"<{len(table)}i", *table)


def _directory(tree: dict[str, Any], entries: list[list[Any]]) -> int:
    """Append a storage's entries, each the right neighbour of the one before; the number of the first."""
    first = before = -1
    for name, data in sorted(tree.items(), key=lambda item: (len(item[0]), item[0].upper())):
        number = len(entries)
        entries.append([name, 1 if isinstance(data, dict) else 2, -1, -1, b"" if isinstance(data, dict) else data])
        if isinstance(data, dict):
            entries[number][3] = _directory(data, entries)
        if before < 0:
            first = number
        else:
            entries[before][2] = number
        before = number
    return first


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le") + b"\x00\x00"
    return struct.pack("<64sHBBiii16xI16xiQ", written, len(written), kind, 1, -1, right, child, 0, start, size)


def _append(data: bytes, sectors: list[bytes], table: list[int]) -> int:
    """Add sectors and their chain; the number of the first."""
    start, count = len(table), -(-len(data) // 512)
    sectors.append(data.ljust(count * 512, b"\x00"))
    table += [*range(start + 1, start + count), -2]
    return start


class Visitor:
    """A browser with the widget, in a conversation of its own."""

    def __init__(self, party: TenantFixture) -> None:
        self.client = APIClient(raise_request_exception=False)
        self.client.credentials(HTTP_AUTHORIZATION=f"WebBearer {webchat_token(party)}")
        body = {"integrationId": str(party.webchat.id), "channelType": "WebChat", "binding": "guest"}
        answer = self.client.post("/api/v1/conversations/establish", body, format="json")
        self.conversation = str(answer.json()["conversationId"])
        self.path = f"/inbound/customer/v1/web-chat/{self.conversation}/files"

    def upload(self, content: bytes, name: str, key: str = "", conversation: str = "", **fields: str) -> Any:
        """The answer to a file."""
        form = {"file": SimpleUploadedFile(name, content), **fields}
        path = self.path.replace(self.conversation, conversation or self.conversation)
        return self.client.post(path, form, format="multipart", **({"HTTP_IDEMPOTENCY_KEY": key} if key else {}))
