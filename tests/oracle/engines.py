"""The two sides of a comparison: Runnel over HTTP, and PostgreSQL over its own protocol.

Both answer `run(sql)` with an Answer: rows of values as text (None is NULL), or the SQLSTATE of the error.
Only Python's own library is used."""

import http.client
import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import urllib.parse


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
    """A front at a URL."""

    def __init__(self, url, timeout=60):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def run(self, sql):
        body = json.dumps({"sql": sql})
        try:
            self.connection.request("POST", "/query", body, {"Content-Type": "application/json"})
            response = self.connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException, UnicodeDecodeError) as failure:
            self.connection.close()
            raise EngineGone(f"{failure!r} for {sql}") from failure
        try:
            # Numbers keep every digit as they were written.
            answer = json.loads(text, parse_int=str, parse_float=str, strict=True)
        except ValueError as failure:
            raise EngineGone(f"no JSON: {failure} in {text[:300]!r} for {sql}") from failure
        if "sqlstate" in answer:
            return Answer(sqlstate=answer["sqlstate"], message=answer.get("detail", ""))
        if "columns" not in answer:
            raise EngineGone(f"unexpected {text[:300]!r} for {sql}")
        return Answer([c["type"] for c in answer["columns"]], [[as_text(v) for v in row] for row in answer["rows"]])


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


class LocalRunnel(Runnel):
    """A `runnel local` of our own, ended by close()."""

    def __init__(self, program, arguments=(), timeout=60):
        self.directory = tempfile.TemporaryDirectory(prefix="runnel-oracle-")
        self.log = open(os.path.join(self.directory.name, "log"), "w+")
        self.process = subprocess.Popen(
            [program, "local", "--data", os.path.join(self.directory.name, "data"), "--http", "127.0.0.1:0", *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        if not line.startswith("ready"):
            raise EngineGone(f"runnel local did not start: {line}")
        super().__init__(line.split()[-1], timeout)

    def close(self):
        self.process.terminate()
        errors = self.process.communicate(timeout=120)[1]
        self.directory.cleanup()
        return self.process.returncode, errors


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
        body = sql.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!i", len(body) + 4) + body)
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
              1185: "timestamptz[]", 1187: "interval[]", 114: "json", 3802: "jsonb"}


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
