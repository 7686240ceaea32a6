# SPDX-License-Identifier: Apache-2.0
"""A connection that costs the client little: requests are sent on many, then answered."""

import socket
import urllib.parse


class Line:
    """One request at a time: send(), later answer()."""

    def __init__(self, base):
        parts = urllib.parse.urlsplit(base)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""

    def close(self):
        self.socket.close()

    def send(self, method, target, headers="", body=""):
        """headers: whole lines; the body, text, is application/json."""
        data = body.encode()
        kind = (f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
                if data or method in ("POST", "PATCH", "PUT") else "")
        head = f"{method} /ngsi-ld/v1/{target} HTTP/1.1\r\nHost: x\r\n{headers}{kind}\r\n"
        self.socket.sendall(head.encode() + data)

    def _more(self):
        more = self.socket.recv(262144)
        assert more, f"the connection ended after {self.data[:500]!r}"
        self.data += more

    def answer(self):
        """(status, head, body) as they came."""
        while (end := self.data.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self.data[:end + 2]
        at = head.lower().find(b"\r\ncontent-length:")
        length = int(head[at + 17:head.find(b"\r\n", at + 2)]) if at >= 0 else 0
        while len(self.data) < end + 4 + length:
            self._more()
        body = self.data[end + 4:end + 4 + length]
        self.data = self.data[end + 4 + length:]
        return int(head[9:12]), head, body
