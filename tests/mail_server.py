"""A mail server of a test, on 127.0.0.1: it takes mails, or drips octets from one of its answers on."""

import socket
import ssl
import threading
from types import TracebackType

LINES = {"EHLO": "250 here", "MAIL": "250 yes", "RCPT": "250 yes", "DATA": "354 go on", "QUIT": "221 bye"}


class MailServer:
    """Speaks SMTP to one client after another. `drips_at` is the command whose answer never ends."""

    def __init__(self, drips_at: str | None = None, context: ssl.SSLContext | None = None, later: bool = False) -> None:
        self.drips_at, self.context, self.later = drips_at, context, later  # later: encrypted after STARTTLS only
        self.mails: list[str] = []
        self.dripping, self.left, self._over = threading.Event(), threading.Event(), threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: object, trace: TracebackType | None) -> None:
        self._over.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(60)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                link, _ = self._door.accept()
                with self._encrypted(link) if self.context and not self.later else link as ready:
                    self._talk(ready)
            except OSError:
                continue
            finally:
                self.left.set()

    def _encrypted(self, link: socket.socket) -> socket.socket:
        assert self.context is not None
        return self.context.wrap_socket(link, server_side=True)

    def _talk(self, link: socket.socket) -> None:
        self._answer(link, "", "220 here")
        reader = link.makefile("rb")
        while line := reader.readline():
            word = line.decode().strip()[:8].upper()
            if word == "STARTTLS":
                self._answer(link, word, "220 go on")
                link = self._encrypted(link)
                reader = link.makefile("rb")
                continue
            more = f"250-here\r\n250 {'STARTTLS' if self.later else 'SIZE'}" if word[:4] == "EHLO" else ""
            self._answer(link, word[:4], more or LINES[word[:4]])
            if word == "DATA":
                self.mails.append(self._text(reader))
                self._answer(link, ".", "250 taken")

    def _text(self, reader: object) -> str:
        lines: list[str] = []
        while (line := reader.readline().decode()) not in (".\r\n", ""):  # type: ignore[attr-defined]
            lines.append(line)
        return "".join(lines)

    def _answer(self, link: socket.socket, command: str, text: str) -> None:
        if command != self.drips_at:
            link.sendall(f"{text}\r\n".encode())
            return
        while not self._over.is_set():  # until whoever listens has gone, or the test is over
            link.sendall(text[:1].encode())
            self.dripping.set()
            self._over.wait(0.02)
        raise ConnectionAbortedError
