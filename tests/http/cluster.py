"""Servers under test, as processes of the test: `runnel local`, or a cluster over tcp. Only Python's own library is used."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

RUNNEL = os.path.realpath(os.environ.get("RUNNEL", "./runnel"))
NOISE = ("ready: ", " WARNING ", " INFO ")


def is_sanitized():
    """Whether the program under test keeps freed memory, so that its size says little."""
    libraries = subprocess.run(["ldd", RUNNEL], capture_output=True, text=True, check=False).stdout
    return "libasan" in libraries or "libtsan" in libraries


class Node:
    """One process; `url` or `endpoint` is what it says when it is ready."""

    def __init__(self, name, arguments, folder):
        self.name = name
        self.log = os.path.join(folder, f"{name}.log")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RUNNEL_")}
        # Freed memory that the address sanitizer holds back would look like a leak.
        environment["ASAN_OPTIONS"] = "quarantine_size_mb=4:" + environment.get("ASAN_OPTIONS", "")
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([RUNNEL, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, cwd=folder,
                                            env=environment)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_ready(self, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in self.said().splitlines():
                if line.startswith("ready: "):
                    return line.split(" ", 2)[2]
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        sys.exit(f"{self.name} is not ready: {self.said()}")

    def resident(self):
        """Bytes of memory."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        return 0

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self, how=signal.SIGTERM):
        """What was wrong with how it ended; "" for nothing."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"{self.name} did not end"
        if how != signal.SIGTERM:
            return ""
        complaints = [line for line in self.said().splitlines() if not any(noise in line for noise in NOISE)]
        return f"{self.name} ended with {status}: {complaints[:20]}" if status != 0 or complaints else ""


class Cluster:
    """Nodes in a folder that goes away. `front` is the process that serves HTTP, at `url`."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="runnel-http-")
        self.data = os.path.join(self.folder, "data")
        self.store = os.path.join(self.data, "store")
        self.nodes = {}
        self.front = None
        self.url = None

    def start(self, name, *arguments):
        self.nodes[name] = Node(name, arguments, self.folder)
        return self.nodes[name]

    def local(self, *options, http="127.0.0.1:0"):
        self.front = self.start("local", "local", "--data", self.data, "--http", http, *options)
        self.url = self.front.wait_ready()
        return self

    def coordinate(self, bind="tcp://127.0.0.1:0", *options):
        """The coordinator; at `endpoint` again for one that comes back."""
        self.endpoint = self.start("coordinator", "coordinator", "--data", self.data, "--bind", bind, *options).wait_ready()
        return self

    def tcp(self, workers=2, reducers=1, coordinator=(), front=()):
        self.coordinate("tcp://127.0.0.1:0", *coordinator)
        for role, count in (("worker", workers), ("reducer", reducers)):
            for i in range(count):
                self.start(f"{role}-{i + 1}", role, "--join", self.endpoint, "--data", self.data, "--scratch", os.path.join(self.folder, f"scratch-{role}-{i + 1}"),
                           "--name", f"{role}-{i + 1}", "--slots", "2", "--threads", "2")
        self.front = self.add_front("front", *front)
        for node in self.nodes.values():
            node.wait_ready()
        self.url = self.front.wait_ready()
        return self

    def add_front(self, name, *options):
        return self.start(name, "front", "--join", self.endpoint, "--data", self.data, "--http", "127.0.0.1:0", "--name", name, *options)

    def run(self, *arguments):
        """A command of the program, which must succeed; what it prints."""
        done = subprocess.run([RUNNEL, *arguments], capture_output=True, text=True, cwd=self.folder, check=False)
        if done.returncode != 0:
            sys.exit(f"runnel {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def end_node(self, name, how=signal.SIGTERM):
        return self.nodes.pop(name).end(how)

    def end(self):
        """Everything, the coordinator last; what was wrong."""
        names = sorted(self.nodes, key=lambda name: (name == "coordinator", name))
        complaints = [self.end_node(name) for name in names]
        shutil.rmtree(self.folder, ignore_errors=True)
        return [complaint for complaint in complaints if complaint]


class Score:
    """What passed and what failed."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.lock = threading.Lock()

    def check(self, what, holds, detail=""):
        with self.lock:
            self.passed += bool(holds)
            self.failed += not holds
        if not holds:
            print(f"FAILED: {what}" + (f": {str(detail)[:1500]}" if detail != "" else ""), flush=True)
        return holds

    def equal(self, what, expected, got):
        return self.check(what, expected == got, f"expected {expected!r}, got {got!r}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(self.failed > 0)
