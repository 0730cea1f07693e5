"""Drives the prompt of `runnel sql` as a person would: prompt.py RUNNEL FOLDER. Prints "N passed, N failed"."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import stat
import struct
import subprocess
import sys
import termios
import time
import urllib.request

RUNNEL, FOLDER = sys.argv[1:]
PROMPT = "runnel> "
PATIENCE = 60  # seconds: sanitizers on a busy machine
LONG = "SELECT count(*) FROM generate_series(1, 3000000) a(i) JOIN generate_series(1, 3000000) b(j) ON i < j;\n"
results = {True: 0, False: 0}


def check(name, good, detail=""):
    results[bool(good)] += 1
    if not good:
        print(f"FAILED: {name}\n    {detail}")


class Terminal:
    """A process on a pseudo terminal of its own."""

    def __init__(self, *arguments, home=FOLDER, command="sql"):
        self.seen = ""
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            os.environ.update(HOME=home, TERM="xterm", LC_ALL="C.UTF-8")
            os.environ.pop("XDG_STATE_HOME", None)
            os.execv(RUNNEL, ["runnel", command, *arguments])
        self.resize(24, 200)

    def resize(self, rows, columns):
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def wait(self, pattern, name, patience=PATIENCE):
        """What was printed up to the pattern, which must come; it is looked for behind what was found before."""
        end = time.monotonic() + patience
        while not (found := re.search(pattern, self.seen)):
            if time.monotonic() > end or not self.read():
                check(name, False, f"no {pattern!r} in {self.seen!r}")
                return self.seen
        before, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        check(name, True)
        return before

    def read(self):
        if select.select([self.descriptor], [], [], 0.1)[0]:
            try:
                got = os.read(self.descriptor, 65536)
            except OSError:
                return False
            self.seen += got.decode(errors="replace")
            return bool(got)
        return True

    def ask(self, text, pattern, name):
        """Type, and wait for the pattern and the next prompt."""
        self.type(text)
        got = self.wait(pattern, name)
        return got + self.wait(PROMPT, name + ": the prompt comes back")

    def end(self, name, expected=0):
        while self.read():
            pass
        _, status = os.waitpid(self.process, 0)
        os.close(self.descriptor)
        check(name, os.waitstatus_to_exitcode(status) == expected, f"status {status}, {self.seen!r}")


class Server:
    def __init__(self, address="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [RUNNEL, "local", "--data", os.path.join(FOLDER, "served"), "--http", address, "--workers", "1"],
            stderr=subprocess.PIPE, text=True)
        self.url = None
        for line in self.process.stderr:
            if line.startswith("ready: local "):
                self.url = line.split()[-1]
                break
        check("the server starts", self.url)

    def states(self):
        with urllib.request.urlopen(self.url + "/query?limit=100") as answer:
            text = json.dumps(json.load(answer))
        return re.findall(r'"state": "(\w+)"', text)

    def await_state(self, state, name):
        end = time.monotonic() + PATIENCE
        while state not in self.states() and time.monotonic() < end:
            time.sleep(0.05)
        check(name, state in self.states(), str(self.states()))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()

    def stop(self):
        self.process.terminate()
        self.process.stderr.read()
        check("the server ends well", self.process.wait() == 0)
        self.process.stderr.close()


def test_statements(terminal):
    terminal.wait(PROMPT, "the first prompt")
    terminal.ask("SELECT 6 * 7 AS answer;\n", r"answer\s+-+\s+42\s", "a statement")
    terminal.type("SELECT ';' AS\n")
    terminal.wait("\n *-> ", "a statement goes on, whatever stands in quotes")
    terminal.type("semicolon /* ; */\n")
    terminal.wait("\n *-> ", "and behind a comment")
    terminal.ask(";\n", r"semicolon\s+-+\s+;\s", "until it ends")
    both = terminal.ask("SELECT 111 AS a; SELECT 222 AS b;\n", "222", "two on a line")
    check("the first of them, too", " 111\r\n" in both, both)
    got = terminal.ask("SELECT nothing; SELECT 333 AS c;\n", "42703", "an error")
    check("the caret is below the word", re.search(r"LINE 1: SELECT nothing\r\n {15}\^", got), got)
    check("what follows an error does not run", " 333\r\n" not in got, got)
    wide = terminal.ask("SELECT '日本' AS w, 'e\u0301' AS c UNION ALL SELECT 'abcd', 'xy' ORDER BY 1;\n", "日本 +\\|", "wide characters")
    check("wide characters count twice, combining ones not", " 日本 | e\u0301 \r\n" in wide and " abcd | xy\r\n" in wide, wide)


def test_commands(terminal):
    terminal.ask("CREATE TABLE fruits (fruit_name TEXT, weight BIGINT);\n", "CREATE TABLE", "a table")
    terminal.ask("INSERT INTO fruits VALUES ('apple', 150), ('plum', NULL);\n", "INSERT 0 2", "its rows")
    terminal.ask("CREATE VIEW light AS SELECT * FROM fruits WHERE weight < 100;\n", "CREATE VIEW", "a view")
    got = terminal.ask("\\d fruits\n", r"weight +\| bigint", "\\d NAME")
    check("\\d NAME has all columns", re.search(r"fruit_name \| text", got), got)
    got = terminal.ask("\\d friuts\n", "42P01", "\\d of what is not there")
    check("with the nearest name", 'HINT:  Perhaps you meant the table "fruits"' in got, got)
    terminal.ask("\\d\n", r"fruits.*table", "\\d")
    got = terminal.ask("\\dt\n", r"\(1 row\)", "\\dt")
    check("no view among tables", "light" not in got, got)
    terminal.ask("\\dv\n", "light", "\\dv")
    terminal.ask("\\x\n", "Expanded display is on", "\\x")
    terminal.ask("SELECT * FROM fruits ORDER BY 1;\n", r"RECORD 2 \]-\r\nfruit_name \| plum\r\nweight     \| \r\n", "expanded")
    terminal.ask("\\x off\n", "Expanded display is off", "\\x off")
    terminal.ask("\\timing\n", "Timing is on", "\\timing")
    terminal.ask("SELECT 1;\n", r"Time: [0-9.]+ ms", "a time")
    terminal.ask("\\timing off\n", "Timing is off", "\\timing off")
    script = os.path.join(FOLDER, "script.sql")
    with open(script, "w", encoding="utf-8") as file:
        file.write("SELECT 'from a\n file' AS x;\nSELECT 5 AS five")
    terminal.ask(f"\\i {script}\n", r"five\s+-+\s+5\s", "\\i")
    terminal.ask("\\i nowhere.sql\n", "cannot open nowhere.sql", "\\i of no file")
    output = os.path.join(FOLDER, "output.csv")
    terminal.ask(f"\\o {output}\n", "\r\n", "\\o")
    terminal.ask("\\format csv\n", "\r\n", "\\format")
    terminal.ask("SELECT fruit_name FROM fruits ORDER BY 1;\n", "\r\n", "into a file")
    terminal.ask("\\o\n", "\r\n", "\\o back")
    terminal.ask("\\format table\n", "\r\n", "\\format table")
    with open(output, encoding="utf-8") as file:
        check("what \\o wrote", file.read() == "fruit_name\napple\nplum\n")
    terminal.ask("\\?\n", r"\\timing", "\\?")
    terminal.ask("\\h\n", "man 7 runnel-sql", "\\h")
    terminal.ask("\\frob\n", r"no command \\frob", "an unknown command")


def test_editing(terminal):
    terminal.type("sel\tcount(*) + 2 AS two FROM lig\t;\n")
    terminal.wait(r"two\s+-+\s+2\s", "Tab completes a key word and a table")
    terminal.wait(PROMPT, "and it ran")
    terminal.ask("SELECT max(weig\t) AS heaviest FROM fruits;\n", r"heaviest\s+-+\s+150", "Tab completes a column")
    terminal.type("SELECT fruit\t\t")
    terminal.wait("fruit_name  fruits", "Tab lists where there is a choice")
    terminal.type("\x03")
    terminal.wait(r"\^C\s+" + PROMPT, "Ctrl-C forgets the line")
    terminal.type("SELECT 'half\n")
    terminal.wait("-> ", "half a statement")
    terminal.type("\x03")
    terminal.wait(PROMPT, "Ctrl-C forgets a statement of many lines")
    terminal.ask("SELECT 77 AS after;\n", r"after\s+-+\s+77\s", "nothing of it is left")
    terminal.type("\x1b[A")
    terminal.wait("SELECT 77 AS after;", "the arrow brings the statement back")
    terminal.ask("\n", r"after\s+-+\s+77\s", "and it runs again")
    terminal.resize(24, 60)
    terminal.ask("SELECT 'a line that is longer than the terminal is wide now', 88 AS resized;\n", r"\b88\b\s+\(1 row\)", "a resized terminal")
    terminal.resize(24, 200)


def test_cancel(terminal, server):
    terminal.type(LONG)
    server.await_state("running", "the query runs")
    terminal.wait(r"\r\[[█░]{30}\] +\d+ %  \d+/\d+ tasks\x1b\[K", "a bar tells how far it is")
    start = time.monotonic()
    terminal.ask("\x03", r"\r\x1b\[KERROR:  57014", "Ctrl-C cancels, and the bar goes")
    check("at once", time.monotonic() - start < 10)
    server.await_state("cancelled", "the server knows that it is cancelled")
    check("nothing runs on", "running" not in server.states(), str(server.states()))
    terminal.ask("SELECT 99 AS again;\n", r"again\s+-+\s+99\s", "the prompt lives on")


def test_lost_server(terminal, server):
    terminal.type(LONG)
    server.await_state("running", "the query runs")
    server.kill()
    terminal.wait("ERROR:  08", "a server that vanishes is an error")
    terminal.wait(PROMPT, "and the prompt is there")
    terminal.ask("SELECT 1;\n", "HINT:  is a front running at", "without a server, a hint")
    again = Server(server.url.replace("http://", ""))
    terminal.ask("SELECT fruit_name FROM fruits ORDER BY 1 LIMIT 1;\n", "apple", "the prompt finds the server that came back")
    return again


def test_history(url):
    path = os.path.join(FOLDER, ".local/state/runnel/history")
    check("the history is its owner's alone", stat.S_IMODE(os.stat(path).st_mode) == 0o600)
    terminal = Terminal("--url", url)
    terminal.wait(PROMPT, "a second prompt")
    terminal.type("\x1b[A\x1b[A")
    terminal.wait("SELECT fruit_name FROM fruits ORDER BY 1 LIMIT 1;", "what was typed the last time")
    terminal.type("\x03")
    terminal.wait(PROMPT, "left alone")
    terminal.type("\\q\n")
    terminal.end("\\q ends well")


def test_embedded():
    terminal = Terminal("-d", os.path.join(FOLDER, "embedded"), home=os.path.join(FOLDER, "script.sql"))  # a file
    terminal.wait(PROMPT, "an embedded prompt")
    terminal.type("information_sch\t")  # the engine's first query, which starts threads
    terminal.wait("information_schema |ema ", "Tab without a server")
    terminal.type("\x03")
    terminal.wait(r"\^C\s+" + PROMPT, "Ctrl-C forgets it")
    terminal.type(LONG)
    terminal.wait(r"\r\[[█░]{30}\] +\d+ %  \d+/\d+ tasks\x1b\[K", "a bar without a server, too")
    terminal.ask("\x03", "57014", "Ctrl-C cancels without a server, too")
    terminal.ask("SELECT 1 AS one;\n", r"one\s+-+\s+1\s", "and the engine lives on")
    terminal.type("\x04")
    terminal.wait("cannot write .*history", "no place for the history is told")
    terminal.end("Ctrl-D ends well")


def test_load(url):
    """The file is sent; the bar of that, or of the load itself, is gone in the end."""
    path = os.path.join(FOLDER, "long.csv")
    with open(path, "w", encoding="ascii") as file:
        file.write("n,text\n")
        file.writelines(f"{n},a text of some length to make the file longer {n}\n" for n in range(1500000))
    terminal = Terminal("--create", "long", path, "--url", url, command="load")
    terminal.wait(r"\r\[[█░]{30}\] +\d+ %  (sent [0-9.]+ .?B of|\d+/\d+ tasks)", "a load has a bar")
    terminal.wait(r"\r\x1b\[K[^\r]*long.csv: 1500000 rows\r\n", "and ends without it")
    terminal.end("the load ends well")


def test_pipe():
    done = subprocess.run([RUNNEL, "sql", "-d", os.path.join(FOLDER, "embedded")], input="SELECT 1 AS one;\n\\d\n", text=True, capture_output=True)
    check("no prompt in a pipe", PROMPT not in done.stdout + done.stderr, done.stdout)
    check("results in a pipe", done.stdout.startswith(" one\n-----\n   1\n(1 row)\n"), done.stdout)
    quiet = subprocess.run([RUNNEL, "sql", "-d", os.path.join(FOLDER, "embedded"), "--timeout", "2000", LONG], text=True, capture_output=True)
    check("no bar in a pipe", quiet.returncode == 1 and quiet.stderr.startswith("ERROR:  57014"), quiet.stderr)
    check("a backslash is the prompt's alone", done.returncode == 1 and "42601" in done.stderr, done.stderr)


def main():
    server = Server()
    terminal = Terminal("--url", server.url)
    test_statements(terminal)
    test_commands(terminal)
    test_editing(terminal)
    test_cancel(terminal, server)
    server = test_lost_server(terminal, server)
    terminal.type("\\q\n")
    terminal.end("the prompt ends well")
    test_history(server.url)
    test_load(server.url)
    server.stop()
    terminal = Terminal("--url", server.url)
    terminal.wait("08001|08006", "no server at the start")
    terminal.end("which is status 3", 3)
    test_embedded()
    test_pipe()


try:
    main()
finally:
    os.chdir("/")
    shutil.rmtree(FOLDER, ignore_errors=True)
print(f"{results[True]} passed, {results[False]} failed")
sys.exit(results[False] > 0)
