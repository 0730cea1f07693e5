"""HTTP as clients speak it: a connection that is kept, and one that sends bytes as they are."""

import http.client
import json
import socket
import urllib.parse

PROBLEM = "application/problem+json"


class Answer:
    """Status, headers (names in lower case) and body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def type(self):
        return self.headers.get("content-type", "").split(";")[0].strip()

    def json(self):
        return json.loads(self.body.decode())

    def rows(self):
        return self.json()["rows"]

    def sqlstate(self):
        return self.json().get("sqlstate") if self.type == PROBLEM else None

    def __repr__(self):
        return f"{self.status} {self.headers.get('content-type')} {self.body[:500]!r}"


class Client:
    """One connection to a server at a URL, opened again where it was closed."""

    def __init__(self, url, timeout=60):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers = {"Content-Type": "application/json", **(headers or {})}
        if isinstance(body, str):
            body = body.encode()
        was_open = self.connection.sock is not None
        try:
            return self.exchange(method, path, body, headers or {})
        except (http.client.RemoteDisconnected, ConnectionResetError):
            self.connection.close()
            if not was_open:
                raise
        return self.exchange(method, path, body, headers or {})  # the server had let the idle connection go

    def exchange(self, method, path, body, headers):
        try:
            self.connection.request(method, path, body, headers)
        except BrokenPipeError:
            pass  # refused before all was sent: the answer is there
        try:
            response = self.connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def sql(self, sql, headers=None, **members):
        return self.request("POST", "/query", {"sql": sql, **members}, headers)

    def value(self, sql):
        answer = self.sql(sql)
        if answer.status != 200:
            raise AssertionError(f"{sql}: {answer}")
        return answer.rows()[0][0]

    def close(self):
        self.connection.close()


class Wire:
    """A socket."""

    def __init__(self, url, timeout=60, receive_buffer=None):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((parts.hostname, parts.port))
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def post(self, path, body, headers=""):
        body = json.dumps(body).encode() if isinstance(body, dict) else body
        return self.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    def answer(self):
        """The next answer on this connection; None where it is closed instead."""
        line = self.file.readline()
        if not line:
            return None
        status = int(line.split()[1])
        headers = []
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, value = line.decode().split(":", 1)
            headers.append((name, value.strip()))
        answer = Answer(status, headers, b"")
        if status in (100, 204, 304):
            return answer
        if answer.headers.get("transfer-encoding") == "chunked":
            answer.body = b"".join(self.chunks())
        else:
            answer.body = self.file.read(int(answer.headers.get("content-length", 0)))
        return answer

    def chunks(self):
        """The pieces of a chunked body; ends with ConnectionError where the body is cut."""
        while True:
            line = self.file.readline()
            if not line.endswith(b"\r\n"):
                raise ConnectionError("the body is cut")
            size = int(line, 16)
            piece = self.file.read(size)
            if len(piece) < size:
                raise ConnectionError("the body is cut")
            self.file.readline()
            if size == 0:
                return
            yield piece

    def is_closed(self):
        try:
            return self.file.read(1) == b""
        except ConnectionError:
            return True

    def close(self):
        self.file.close()
        self.socket.close()
