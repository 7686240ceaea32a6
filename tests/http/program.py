# SPDX-License-Identifier: Apache-2.0
"""Starts, watches and ends the program under test."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from client import Api

# Sanitizers say these words when they find something; nothing else in the log does.
ALARMS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:",
          "Assertion `")


def path():
    """The program: $CALANQUE_BIN, else what scripts/test or scripts/run built."""
    named = os.environ.get("CALANQUE_BIN") or os.environ.get("CALANQUE")
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for made in [named] if named else ["build-test/calanque", "build/calanque"]:
        if os.access(os.path.join(root, made), os.X_OK):
            return os.path.join(root, made)
    raise FileNotFoundError(f"no program at {named or 'build-test/calanque'}: scripts/test")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, condition, timeout=60, pause=0.02):
    """Asks until the condition holds, and returns what it answered."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited {timeout} s in vain for {what}"
        time.sleep(pause)


class Program:
    """One data directory and the broker on it, which may be started several times."""

    def __init__(self, *options, data=None, env=None):
        self.options = list(options)
        self.own = data is None
        self.data = data or tempfile.mkdtemp(prefix="calanque-http-")
        if self.own:
            os.chmod(self.data, 0o755)
            self.data = os.path.join(self.data, "data")
        # $TEST_LOGS, a directory, keeps what the brokers say.
        logs = os.environ.get("TEST_LOGS")
        self.log = tempfile.NamedTemporaryFile(
            prefix="calanque-", suffix=".log", dir=logs, delete=logs is None)
        self.env = env or {}
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = None

    @property
    def api(self):
        return Api(self.base)

    @property
    def database(self):
        """What another broker connects with to the private database."""
        return f"host={self.data}/run port=5432 user=calanque dbname=calanque"

    def sql(self, text):
        """What psql prints of statements in the private database."""
        done = subprocess.run(["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", self.database, "-c", text],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def spawn(self):
        command = [path(), "serve", "--port", str(self.port)]
        if "--database" not in self.options:
            command += ["--data", self.data]
        env = {k: v for k, v in os.environ.items() if not k.startswith("CALANQUE_")}
        self.process = subprocess.Popen(
            command + self.options, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env={**env, **self.env})
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}:\n{self.output()}")
        try:
            return Api(self.base).get("/ready").status == 200
        except OSError:
            return False

    def start(self, timeout=60):
        self.spawn()
        wait_until("/ready", self.is_ready, timeout)
        return self

    def output(self):
        with open(self.log.name, errors="replace") as f:
            return f.read()

    def kill(self):
        """As a power cut would: no goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self):
        """Ends it politely and returns its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM does not end it:\n{self.output()[-3000:]}")

    def check_log(self):
        text = self.output()
        for alarm in ALARMS:
            at = text.find(alarm)
            assert at < 0, text[max(0, at - 500):at + 3000]

    def postmaster(self):
        """The process id of the private PostgreSQL; None while there is none."""
        try:
            with open(os.path.join(self.data, "postgres", "postmaster.pid")) as f:
                return int(f.readline())
        except (OSError, ValueError):
            return None

    def cpu(self):
        """CPU seconds so far, of the broker and of its PostgreSQL."""
        total, postmaster = 0, self.postmaster()
        for stat in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(stat, encoding="utf-8", errors="replace") as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            pid, parent = int(stat.split("/")[2]), int(fields[1])
            if pid in (self.process.pid, postmaster) or parent == postmaster:
                total += int(fields[11]) + int(fields[12])
            if pid == postmaster:  # those of its processes that ended
                total += int(fields[13]) + int(fields[14])
        return total / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """The broker's resident memory in kB."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as f:
            return int(next(line for line in f if line.startswith("VmRSS")).split()[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def remove(self):
        if self.own:
            shutil.rmtree(os.path.dirname(self.data), ignore_errors=True)
        self.log.close()
