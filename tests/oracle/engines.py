"""The two sides of a comparison: Runnel over HTTP, and PostgreSQL over its own protocol.

Both answer `run(sql)` with an Answer: rows of values as text (None is NULL), or the SQLSTATE of the error.
Only Python's own library is used."""

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time
import urllib.parse


class Number(str):
    """A number of JSON, with every digit as it was written."""


class Answer:
    """What a statement returned: `types` and `rows`, or `sqlstate` and `message`."""

    def __init__(self, types=(), rows=(), sqlstate=None, message=""):
        self.types = list(types)
        self.rows = list(rows)
        self.sqlstate = sqlstate
        self.message = message


class EngineGone(Exception):
    """The server went away, or broke its own protocol: always a failure of the test."""


class Runnel:
    """A front at a URL; `settings` go with every statement."""

    def __init__(self, url, timeout=60):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        self.settings = {}

    def run(self, sql):
        self.begin(sql)
        return self.end(sql)

    def begin(self, sql):
        """Sends a statement; end() waits for its answer, so that two engines can work at the same time."""
        try:
            self.connection.request("POST", "/query", json.dumps({"sql": sql, "settings": self.settings}),
                                    {"Content-Type": "application/json"})
        except (OSError, http.client.HTTPException) as failure:
            raise EngineGone(f"{failure!r} for {sql}") from failure

    def end(self, sql):
        try:
            text = self.connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException, UnicodeDecodeError) as failure:
            self.connection.close()
            raise EngineGone(f"{failure!r} for {sql}") from failure
        return json_answer(text, sql)


def json_answer(text, sql):
    """The Answer that the REST interface's JSON is."""
    try:
        answer = dict(json.loads(text, parse_int=Number, parse_float=Number, object_pairs_hook=Members))
    except ValueError as failure:
        raise EngineGone(f"no JSON: {failure} in {text[:300]!r} for {sql}") from failure
    if "sqlstate" in answer:
        return Answer(sqlstate=answer["sqlstate"], message=answer.get("detail", ""))
    if "columns" not in answer:
        raise EngineGone(f"unexpected {text[:300]!r} for {sql}")
    types = [dict(c)["type"] for c in answer["columns"]]
    return Answer(types, [[v if t in ("json", "jsonb") else as_text(v) for v, t in zip(row, types)] for row in answer["rows"]])


class Members(list):
    """The members of a JSON object, in their order, with those that stand twice."""


def as_text(value):
    """A JSON value as PostgreSQL prints it; arrays are lists of such."""
    if isinstance(value, bool):
        return "t" if value else "f"
    return [as_text(v) for v in value] if isinstance(value, list) else value


ELEMENT = re.compile(r'([{},])|"((?:[^"\\]|\\.)*)"|([^{},"]+)')


def array_values(text):
    """PostgreSQL's text of an array as a list, of lists where it has several dimensions."""
    stack = [[]]
    for mark, quoted, bare in ELEMENT.findall(text[text.index("{"):]):
        if mark == "{":
            stack.append([])
        elif mark == "}":
            inner = stack.pop()
            stack[-1].append(inner)
        elif mark != ",":
            stack[-1].append(None if bare == "NULL" else bare or re.sub(r"\\(.)", r"\1", quoted))
    return stack[0][0]


class Node:
    """A process of ours; what it says goes to a file, so that it never waits for a reader."""

    def __init__(self, directory, program, *arguments):
        handle, self.log = tempfile.mkstemp(dir=directory)
        with os.fdopen(handle, "ab") as log:
            self.process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=log)
        self.endpoint = None
        while self.endpoint is None:
            ready = re.search(r"^ready.* (\S+)$", self.said(), re.M)
            if ready:
                self.endpoint = ready[1]
            elif self.process.poll() is not None:
                raise EngineGone(f"{' '.join([program, *arguments])} did not start: {self.said()}")
            else:
                time.sleep(0.02)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self):
        """Its exit status, and what it said."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=120), self.said()
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(), self.said() + "did not stop"


class LocalRunnel(Runnel):
    """A `runnel local` of our own, ended by close()."""

    def __init__(self, program, arguments=(), timeout=60):
        self.directory = tempfile.TemporaryDirectory(prefix="runnel-oracle-")
        self.node = Node(self.directory.name, program, "local", "--data", os.path.join(self.directory.name, "data"),
                         "--http", "127.0.0.1:0", *arguments)
        self.data = os.path.join(self.directory.name, "data")
        super().__init__(self.node.endpoint, timeout)

    def close(self):
        status, errors = self.node.stop()
        self.directory.cleanup()
        return status, errors


class ClusterRunnel(Runnel):
    """A coordinator, workers, reducers and a front, a process each, over tcp; ended by close()."""

    def __init__(self, program, workers, reducers, timeout=60):
        self.directory = tempfile.TemporaryDirectory(prefix="runnel-oracle-")
        self.data = data = os.path.join(self.directory.name, "data")
        coordinator = self.node(program, "coordinator", "--bind", "tcp://127.0.0.1:0", "--data", data)
        self.nodes = [coordinator]
        join = ("--join", coordinator.endpoint, "--data", data)
        for name in [f"worker-{i}" for i in range(workers)] + [f"reducer-{i}" for i in range(reducers)]:
            self.nodes.append(self.node(program, name.split("-")[0], *join, "--name", name, "--slots", "2", "--threads", "2",
                                        "--scratch", os.path.join(self.directory.name, name)))
        self.nodes.append(self.node(program, "front", *join, "--http", "127.0.0.1:0"))
        super().__init__(self.nodes[-1].endpoint, timeout)

    def node(self, program, *arguments):
        return Node(self.directory.name, program, *arguments)

    def close(self):
        ends = [node.stop() for node in reversed(self.nodes)]
        self.directory.cleanup()
        return max(abs(status) for status, _ in ends), "".join(errors for _, errors in ends)


def link_files(source, target):
    """Tablets never change, and those that go meanwhile are of no table any more."""
    for folder, _, names in os.walk(source):
        inside = os.path.join(target, os.path.relpath(folder, source))
        os.makedirs(inside, exist_ok=True)
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.link(os.path.join(folder, name), os.path.join(inside, name))


class Reference:
    """The reference evaluator (tests/reference) over copies of Runnel's data directory. It reads: of any other statement it only notes
    that there is something new to copy, and answers None."""

    def __init__(self, program, data):
        self.data, self.settings = data, {}
        self.directory = tempfile.TemporaryDirectory(prefix="runnel-reference-")
        self.copy, self.copies = None, 0
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.asked = False

    def renew(self):
        """What is committed by now: the database by SQLite's own means, since its owner may be writing to it."""
        self.copies += 1
        self.copy = os.path.join(self.directory.name, str(self.copies))
        os.makedirs(os.path.join(self.copy, "catalog"))
        link_files(os.path.join(self.data, "store"), os.path.join(self.copy, "store"))
        with contextlib.closing(sqlite3.connect(f"file:{self.data}/catalog/catalog.db?mode=ro", uri=True)) as owned, \
                contextlib.closing(sqlite3.connect(os.path.join(self.copy, "catalog", "catalog.db"))) as copied:
            owned.backup(copied)

    def run(self, sql):
        self.begin(sql)
        return self.end(sql)

    def begin(self, sql):
        self.asked = re.match(r"[\s(]*(SELECT|WITH|VALUES|TABLE)\b", sql, re.I) is not None
        if not self.asked:
            self.copies_are_old()
            return
        if not self.copy:
            self.renew()
        request = {"data": self.copy, "sql": sql, "timezone": self.settings.get("timezone", "UTC")}
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except OSError as failure:
            raise EngineGone(f"the reference evaluator has ended: {failure!r} for {sql}") from failure

    def copies_are_old(self):
        if self.copy:
            shutil.rmtree(self.copy)
        self.copy = None

    def end(self, sql):
        if not self.asked:
            return None
        line = self.process.stdout.readline()
        if not line:
            raise EngineGone(f"the reference evaluator has ended for {sql}")
        return json_answer(line, sql)

    def close(self):
        self.process.stdin.close()
        self.directory.cleanup()
        return self.process.wait()


class PostgreSQL:
    """A server at postgresql://user@host:port/database, without a password. A host that begins with / is a folder of
    sockets, written with %2F."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        host = urllib.parse.unquote(parts.hostname or "127.0.0.1")
        port = parts.port or 5432
        if host.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(f"{host}/.s.PGSQL.{port}")
        else:
            self.socket = socket.create_connection((host, port))
        self.stream = self.socket.makefile("rb")
        settings = {"user": parts.username or "postgres", "database": parts.path.lstrip("/") or "postgres",
                    "client_encoding": "UTF8", "TimeZone": "UTC", "extra_float_digits": "1"}
        body = struct.pack("!i", 196608) + b"".join(f"{k}\0{v}\0".encode() for k, v in settings.items()) + b"\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.collect()

    def run(self, sql):
        self.begin(sql)
        return self.end(sql)

    def begin(self, sql):
        body = sql.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!i", len(body) + 4) + body)

    def end(self, _):
        return self.collect()

    def message(self):
        head = self.stream.read(5)
        if len(head) < 5:
            raise EngineGone("PostgreSQL closed the connection")
        return head[:1], self.stream.read(struct.unpack("!i", head[1:])[0] - 4)

    def collect(self):
        answer = Answer()
        while True:
            kind, body = self.message()
            if kind == b"Z":
                return answer
            if kind == b"R" and struct.unpack("!i", body[:4])[0] != 0:
                raise EngineGone("PostgreSQL asks for a password: use a server with trust authentication")
            if kind == b"T":
                answer.types = row_types(body)
            elif kind == b"D":
                answer.rows.append(row_values(body))
            elif kind == b"E":
                fields = {f[:1]: f[1:].decode() for f in body.split(b"\0") if f}
                answer = Answer(sqlstate=fields[b"C"], message=fields[b"M"])


TYPE_NAMES = {16: "boolean", 17: "bytea", 20: "bigint", 21: "smallint", 23: "integer", 25: "text", 700: "real",
              701: "double precision", 1042: "character", 1043: "character varying", 1082: "date", 1083: "time",
              1114: "timestamp", 1184: "timestamptz", 1186: "interval", 1700: "numeric",
              1000: "boolean[]", 1005: "smallint[]", 1007: "integer[]", 1016: "bigint[]", 1009: "text[]", 1015: "text[]",
              1021: "real[]", 1022: "double precision[]", 1231: "numeric[]", 1182: "date[]", 1115: "timestamp[]",
              1185: "timestamptz[]", 1187: "interval[]", 114: "json", 3802: "jsonb", 199: "json[]", 3807: "jsonb[]", 2950: "uuid",
              2951: "uuid[]", 1183: "time[]", 1001: "bytea[]", 1014: "character[]", 705: "unknown", 2249: "record", 19: "name", 2278: "void"}


def row_types(body):
    types, at = [], 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        at = body.index(b"\0", at) + 1
        types.append(TYPE_NAMES.get(struct.unpack("!i", body[at + 6:at + 10])[0], "other"))
        at += 18
    return types


def row_values(body):
    values, at = [], 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        size = struct.unpack("!i", body[at:at + 4])[0]
        at += 4
        values.append(None if size < 0 else body[at:at + size].decode())
        at += max(size, 0)
    return values
