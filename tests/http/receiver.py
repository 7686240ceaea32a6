# SPDX-License-Identifier: Apache-2.0
"""An endpoint of notifications: remembers what comes, and answers as a test wants."""

import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time

from program import wait_until


class Got:
    """A notification that arrived."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.at = time.monotonic()
        self.json = json.loads(body)

    @property
    def id(self):
        return self.json["id"]

    @property
    def sequence(self):
        return int(self.headers["Calanque-Sequence"])

    def value(self, name="level"):
        return self.json["data"][0][name]["value"]


class Receiver(http.server.ThreadingHTTPServer):
    """answer: what each request gets: a status, or a function of its Got that returns one;
    None closes the connection without an answer.  tls: certificate and key; clients: the CA
    of the certificates that they must show."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port=0, answer=200, tls=None, clients=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.answer = answer
        self.got = []
        self.refused = []
        self.connections = 0
        scheme = "http"
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            if clients is not None:
                context.load_verify_locations(clients)
                context.verify_mode = ssl.CERT_REQUIRED
            self.socket = context.wrap_socket(self.socket, server_side=True)
            scheme = "https"
        self.port = self.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}/notify"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self, n=1, timeout=20):
        """Waits for n notifications that were accepted, and returns all."""
        wait_until(f"{n} notifications", lambda: len(self.got) >= n, timeout)
        return self.got

    def handle_error(self, request, address):
        pass  # a client that goes away

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections += 1
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        got = Got(self.path, self.headers, body)
        answer = self.server.answer
        status = answer(got) if callable(answer) else answer
        if status is None:
            self.close_connection = True
            self.server.refused.append(got)
            return
        (self.server.got if 200 <= status < 300 else self.server.refused).append(got)
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", self.server.url + "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


def certificate(directory, name, host="127.0.0.1", ca=None):
    """Makes a key and a certificate (PEM) for the host; signed by `ca`, else by itself."""
    key, cert = (os.path.join(directory, f"{name}.{kind}") for kind in ("key", "crt"))
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
               "-keyout", key, "-out", cert]
    command += ["-addext", f"subjectAltName=IP:{host}"] if ca else []
    command += ["-CA", ca[0], "-CAkey", ca[1]] if ca else []
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return cert, key
