# SPDX-License-Identifier: Apache-2.0
"""Bytes on a socket: for requests that no client library would send."""

import http.client
import io
import socket
import urllib.parse

from client import Answer


class _Source:
    """What http.client wants to read an answer from."""

    def __init__(self, data):
        self.data = data

    def makefile(self, *args):
        return io.BytesIO(self.data)


class Wire:
    """A connection to the broker, as a context manager."""

    def __init__(self, base, timeout=20):
        parts = urllib.parse.urlsplit(base)
        self.host = parts.netloc
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=timeout)
        self.data = b""

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()

    def send(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.socket.sendall(data)
        return self

    def _read(self):
        try:
            more = self.socket.recv(65536)
        except ConnectionError:
            more = b""
        self.data += more
        return bool(more)

    def answer(self, method="GET"):
        """The next answer; None where the connection ends without one."""
        while b"\r\n\r\n" not in self.data:
            if not self._read():
                return None
        head, _, rest = self.data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == b"content-length":
                length = int(value)
        while len(rest) < length:
            assert self._read(), self.data
            rest = self.data.partition(b"\r\n\r\n")[2]
        whole, self.data = head + b"\r\n\r\n" + rest[:length], rest[length:]
        raw = http.client.HTTPResponse(_Source(whole), method=method)
        raw.begin()
        return Answer("raw", raw)

    def ended(self):
        """Does the broker close the connection, having sent nothing more?"""
        while self._read():
            pass
        return self.data == b""


def exchange(base, text):
    """Sends the bytes over a connection of their own and returns the answer."""
    with Wire(base) as wire:
        return wire.send(text).answer()
