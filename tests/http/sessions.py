# SPDX-License-Identifier: Apache-2.0
"""Sessions that documents show, run as they stand there.

A session is a block of sh under a comment that names the test.  Each step is a line
"# What it is for -> N" and one command: N is the HTTP status of curl, or else the exit status."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEP = re.compile(r"# (?P<says>[^\n]*?) -> (?P<status>\d+)\n(?P<command>.*?)(?=\n\n#|\Z)", re.S)


def sessions(name, test):
    """Of one document, in order: lists of steps."""
    blocks = re.findall(rf"<!--[^>]*tests/http/{test}.*?-->\n```sh\n(.*?)```",
                        (ROOT / name).read_text(), re.S)
    return [_steps(block.rstrip()) for block in blocks]


def _steps(text):
    found = [m.groupdict() for m in STEP.finditer(text)]
    # nothing stands between them that would not be run
    assert "\n\n".join(f"# {s['says']} -> {s['status']}\n{s['command']}" for s in found) == text
    return found


class Shell:
    """Runs a command as typed; only port 1026 is that of the broker of the tests."""

    def __init__(self, port, home):
        self.port, self.home = port, home
        (home / ".curlrc").write_text(
            'silent\nshow-error\nnoproxy = "*"\nwrite-out = "\\n%{http_code}"\n')

    def __call__(self, command):
        """(HTTP status or exit status, what it printed)."""
        curl = re.search(r"(^|; )curl ", command)
        command = command.replace("localhost:1026", f"localhost:{self.port}")
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60,
                              cwd=self.home, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                                                  "CURL_HOME": str(self.home)})
        if not curl:
            return done.returncode, done.stdout + done.stderr
        assert done.returncode == 0, done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def run(self, steps):
        """What each printed."""
        printed = []
        for step in steps:
            status, text = self(step["command"])
            assert status == int(step["status"]), (step, status, text)
            printed.append(text)
        return printed
