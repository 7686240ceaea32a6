# SPDX-License-Identifier: Apache-2.0
"""A web server for tests: what is put is served, and who asked is remembered."""

import contextlib
import http.server
import threading
import time


class Pages(http.server.ThreadingHTTPServer):
    """A web server for @contexts: `pages` maps a path to (status, headers, body)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), PagesHandler)
        self.pages = {}
        self.seen = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def put(self, path, body, status=200, content_type="application/ld+json", delay=0, **headers):
        headers["Content-Type"] = content_type
        data = body if isinstance(body, bytes) else body.encode()
        self.pages[path] = (status, headers, data, delay)
        return self.url + path

    def close(self):
        self.shutdown()
        self.server_close()


class PagesHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        status, headers, body, delay = self.server.pages.get(self.path, (404, {}, b"", 0))
        time.sleep(delay)
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *args):
        pass
