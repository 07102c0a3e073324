"""A program on a pseudo-terminal, timed from outside: what it sends, when, and what then stands on the screen."""

import collections
import fcntl
import os
import pty
import re
import signal
import statistics
import struct
import sys
import termios
import threading
import time

import pyte

# The reading thread must get its turn at once, or arrival times are those of Python's scheduler.
sys.setswitchinterval(0.0002)

# What a terminal answers when a program asks it something.
ANSWERS = {
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[0c": b"\x1b[?62;22c",
    b"\x1b[?u": b"\x1b[?0u",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b]10;?": b"\x1b]10;rgb:dddd/dddd/dddd\x1b\\",
    b"\x1b]11;?": b"\x1b]11;rgb:1111/1111/1111\x1b\\",
}

Key = collections.namedtuple("Key", "first_ms last_ms bytes")


class Terminal:
    """Runs a command at a size; a thread reads, stamps and counts what it sends, the screen is parsed afterwards."""

    def __init__(self, argv, columns=140, rows=40, env=None):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pending = collections.deque()
        self.bytes = 0
        self.last = time.perf_counter()
        self.ended = False
        started, tell = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                # The clock is the machine's own: the child's last moment before exec is where time starts.
                os.write(tell, struct.pack("d", time.perf_counter()))
                os.execvpe(argv[0], argv, env or os.environ)
            finally:
                os._exit(127)
        os.close(tell)
        self.start = struct.unpack("d", os.read(started, 8))[0]
        os.close(started)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while True:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                data = b""
            now = time.perf_counter()
            if not data:
                self.ended = True
                return
            self.bytes += len(data)
            self.last = now
            self.pending.append((now, data))
            for question, answer in ANSWERS.items():
                if question in data:
                    os.write(self.fd, answer)

    def _parse_one(self):
        at, data = self.pending.popleft()
        try:
            self.stream.feed(data)
        except Exception:  # A sequence the parser does not know must not end a measurement.
            pass
        return at, len(data)

    def text(self):
        while self.pending:
            self._parse_one()
        return "\n".join(self.screen.display)

    def quiet(self, seconds=0.1, timeout=10.0):
        """Waits until nothing was sent for so long; false when that never happened."""
        end = time.perf_counter() + timeout
        while time.perf_counter() < end:
            if time.perf_counter() - self.last >= seconds or self.ended:
                return True
            time.sleep(0.002)
        return False

    def wait(self, pattern, timeout=60.0, since=None):
        """The milliseconds from `since` (exec when none) until the pattern stood on the screen, or None.

        Parsing waits for a pause, so that it takes no processor time from what is being timed.
        """
        since = self.start if since is None else since
        wanted = re.compile(pattern)
        end = time.perf_counter() + timeout
        if wanted.search(self.text()):
            return (self.last - since) * 1e3
        while time.perf_counter() < end:
            time.sleep(0.004)
            if not self.pending or (time.perf_counter() - self.last < 0.03 and time.perf_counter() - self.pending[0][0] < 1):
                if self.ended and not self.pending:
                    return None
                continue
            while self.pending:
                at, _ = self._parse_one()
                if wanted.search("\n".join(self.screen.display)):
                    return (at - since) * 1e3
        return None

    def write(self, data):
        """Sends keys; gives the moment just before."""
        now = time.perf_counter()
        os.write(self.fd, data.encode() if isinstance(data, str) else data)
        return now

    def paste(self, text):
        return self.write(f"\x1b[200~{text}\x1b[201~")

    def key(self, data, quiet=0.06, timeout=5.0):
        """Sends a key and waits for silence: milliseconds to the first and to the last byte of the answer, and its size."""
        self.text()
        before = self.bytes
        sent = self.write(data)
        end = sent + timeout
        while not self.pending and not self.ended and time.perf_counter() < end:
            time.sleep(0.0002)
        if not self.pending:
            return Key(None, None, 0)
        self.quiet(quiet, timeout)
        return Key((self.pending[0][0] - sent) * 1e3, (self.last - sent) * 1e3, self.bytes - before)

    def keys(self, data, times):
        """The medians of pressing a key so many times; one more press before them is not counted."""
        pressed = [self.key(data) for _ in range(times + 1)][1:]
        answered = [key for key in pressed if key.first_ms is not None]
        if not answered:
            return Key(None, None, 0)
        return Key(*(statistics.median(getattr(key, field) for key in answered) for field in Key._fields))

    def idle(self, seconds=3.0):
        """Bytes a second while nobody does anything."""
        self.quiet(0.5, 5)
        before = self.bytes
        time.sleep(seconds)
        return (self.bytes - before) / seconds

    def peak_mb(self):
        """The most memory held at once, in megabytes: VmHWM, summed over the program and what it started."""
        total = 0
        for pid in family(self.pid):
            try:
                with open(f"/proc/{pid}/status") as status:
                    found = re.search(r"VmHWM:\s+(\d+)", status.read())
                total += int(found[1]) if found else 0
            except OSError:
                pass
        return total * 1024 / 1e6 if total else None

    def close(self):
        for stop in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, stop)
            except ProcessLookupError:
                break
            deadline = time.perf_counter() + 1
            while time.perf_counter() < deadline:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    self.reader.join(1)
                    os.close(self.fd)
                    return
                time.sleep(0.01)
        os.close(self.fd)


def family(pid):
    """A process and all that descend from it."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat:
                parents[int(name)] = int(stat.read().rpartition(")")[2].split()[1])
        except OSError:
            pass
    found = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more
