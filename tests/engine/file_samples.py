"""Small files of every kind, made on the spot, and a visitor who sends them."""

import io
import struct
import zipfile
import zlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from tests.api_street import webchat_token
from tests.cast import Party

FRAME = b"\xff\xfb\x90\x64" + b"\x00" * 413  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes
MP3 = FRAME * 3
SLOW_FRAME = b"\xff\xf3\x80\xc4" + b"\x00" * 204  # MPEG-2 layer III, 64 kbit/s, 22.05 kHz: 208 bytes
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + b"\x00" * 24
OGG = b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead" + b"\x00" * 20
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\x00" * 20 + b"\x86\x85V_VP8" + b"\x86\x86A_OPUS"
VOICE = WEBM.replace(b"V_VP8", b"")


def boxed(brand: bytes) -> bytes:
    """The beginning of an MP4 or of one of its relatives."""
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x02\x00mp42isom" + b"\x00\x00\x00\x08mdat"


def picture(form: str = "PNG", size: tuple[int, int] = (6, 4), **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def moving(form: str, frames: int = 3, size: tuple[int, int] = (6, 4)) -> bytes:
    """A picture that moves, each frame of another colour."""
    images = [Image.new("RGB", size, (80 * number, 10, 10)) for number in range(frames)]
    out = io.BytesIO()
    images[0].save(out, form, save_all=True, append_images=images[1:], duration=[100, 200, 300][:frames], loop=0)
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


def archive(*names: str, first: bytes = b"") -> bytes:
    """A ZIP with entries of these names; `first` is the content of an entry `mimetype` before them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        if first:
            file.writestr("mimetype", first)
        for name in names:
            file.writestr(name, b"x")
    return out.getvalue()


def compound(*streams: str) -> bytes:
    """The old office format, as far as it is looked at."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + b"".join(name.encode("utf-16-le") for name in streams)


class Visitor:
    """A browser with the widget, in a conversation of its own."""

    def __init__(self, party: Party) -> None:
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
