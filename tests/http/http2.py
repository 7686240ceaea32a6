# SPDX-License-Identifier: Apache-2.0
"""An endpoint of notifications that speaks HTTP/2 (RFC 9113), as much as one needs: it reads
no headers, and answers every request with 200."""

import contextlib
import json
import socketserver
import ssl
import struct
import threading

DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 4, 6, 8
ACK = END_STREAM = 1
END_HEADERS = 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
OK = b"\x88"  # ":status: 200" in HPACK


class Http2Receiver(socketserver.ThreadingTCPServer):
    """got: the notifications, as JSON; side_by_side: how many were under way at most."""

    daemon_threads = True

    def __init__(self, tls):
        super().__init__(("127.0.0.1", 0), Connection)
        self.got, self.connections, self.side_by_side = [], 0, 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server_address[1]}/notify"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request, address):
        pass  # a client that goes away

    def close(self):
        self.shutdown()
        self.server_close()


class Connection(socketserver.StreamRequestHandler):
    def send(self, kind, flags, stream, payload=b""):
        self.request.sendall(struct.pack("!I", len(payload))[1:] +
                             struct.pack("!BBI", kind, flags, stream) + payload)

    def frames(self):
        while len(head := self.rfile.read(9)) == 9:
            size, kind, flags, stream = struct.unpack("!IBBI", b"\0" + head)
            yield kind, flags, stream, self.rfile.read(size)

    def answer(self, stream):
        """After a moment, so that others come meanwhile."""
        with self.lock, contextlib.suppress(OSError):
            body = self.bodies.pop(stream)
            self.server.got.append(json.loads(body))
            self.send(HEADERS, END_HEADERS | END_STREAM, stream, OK)
            self.send(WINDOW_UPDATE, 0, 0, struct.pack("!I", len(body)))

    def take(self, kind, flags, stream, payload):
        if kind in (SETTINGS, PING) and not flags & ACK:
            self.send(kind, ACK, 0, payload if kind == PING else b"")
        if kind == HEADERS:
            self.bodies[stream] = b""
            self.server.side_by_side = max(self.server.side_by_side, len(self.bodies))
        if kind == DATA:
            self.bodies[stream] += payload
        if kind == DATA and flags & END_STREAM:
            threading.Timer(0.05, self.answer, [stream]).start()

    def handle(self):
        assert self.request.selected_alpn_protocol() == "h2"
        assert self.rfile.read(len(PREFACE)) == PREFACE
        self.server.connections += 1
        self.bodies, self.lock = {}, threading.Lock()
        self.send(SETTINGS, 0, 0)
        with contextlib.suppress(OSError):
            for frame in self.frames():
                with self.lock:
                    self.take(*frame)
