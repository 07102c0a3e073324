"""What the doubles of AWS services share: the protocol AWS JSON 1.1 over HTTP, paging, and errors as the SDKs read them.

A service is an object whose methods are its operations: `StartQueryExecution(self, request)` answers a dict or raises
`Refused`. `POST /_control` with JSON goes to its `control`, and `GET /_health` answers once it is up.
"""

import base64
import json
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Refused(Exception):
    """An answer other than 200: the error's code, its text, its other members."""

    def __init__(self, code, text, status=400, **members):
        super().__init__(f"{code}: {text}")
        self.status = status
        self.body = {"__type": code, "Message": text, "message": text, **members}


def page(values, request, limit, default, refused):
    """One page of a list: the values, and the token of what follows or None."""
    size = request.get("MaxResults") or default
    if not 1 <= size <= limit:
        raise refused(f"MaxResults {size} is not between 1 and {limit}")
    try:
        start = int(base64.b64decode(request.get("NextToken") or base64.b64encode(b"0"), validate=True))
    except ValueError:
        raise refused("NextToken is not one that was given") from None
    end = start + size
    return values[start:end], base64.b64encode(b"%d" % end).decode() if end < len(values) else None


def without_none(members):
    """A member that has no value is left out, as AWS does."""
    return {name: value for name, value in members.items() if value is not None}


class Clock:
    """Milliseconds since this was made, and the times of day that answers carry: seconds with a fraction."""

    def __init__(self):
        self.day = time.time()
        self.begun = time.monotonic()

    def millis(self):
        return int((time.monotonic() - self.begun) * 1000)

    def now(self):
        return round(self.day + time.monotonic() - self.begun, 3)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet an answer, at once.
    disable_nagle_algorithm = True
    wbufsize = -1
    # A connection that nobody uses ends.
    timeout = 300

    def do_GET(self):
        service = self.server.service
        if self.path == "/_health":
            self.answer(200, {"status": "up"})
        elif self.path == "/_control":
            self.answer(200, {"calls": service.calls, **service.shown()})
        else:
            self.answer(404, {"message": f"no {self.path}"})

    def do_POST(self):
        service = self.server.service
        try:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            if self.path == "/_control":
                return self.answer(200, service.control(request) or {})
            prefix, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
            if prefix != service.TARGET or not operation[:1].isupper() or not hasattr(service, operation):
                raise Refused("UnknownOperationException", f"this double has no {prefix}.{operation}")
            with service.lock:
                service.calls[operation] += 1
            answer = getattr(service, operation)(request)
        except Refused as refused:
            return self.answer(refused.status, refused.body)
        except Exception as fault:  # noqa: BLE001: a fault of the double itself must not look like a lost connection
            import traceback

            traceback.print_exc()
            return self.answer(500, Refused("InternalServerException", f"the double failed: {fault!r}").body)
        self.answer(200, answer)

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        if status >= 400:
            self.send_header("x-amzn-ErrorType", body.get("__type", "Error"))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words):
        pass


class Service:
    """What every double has: a lock, and how often each operation was called."""

    TARGET = ""

    def __init__(self):
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.calls = Counter()

    def control(self, request):
        raise Refused("ValidationException", "this double has nothing to set")

    def shown(self):
        return {}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        # A client that is killed is no news.
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], OSError):
            super().handle_error(request, address)


def serve(service, port):
    server = Server(("127.0.0.1", port), Handler)
    server.service = service
    print(f"listening at http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
