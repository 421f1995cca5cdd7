#!/usr/bin/env python3
"""The payment, warehouse and mail services of the order example: one small HTTP server.

    services.py --log arrivals.jsonl [--port 0] [--seed 1] [--busy 0.1] [--delay-ms 0]

It listens on 127.0.0.1 and prints `listening on http://127.0.0.1:PORT` as its first line.

    POST /pay/charges                     {order, amount_minor, currency, card}   -> 201, 402, 503
    POST /stock/reservations              {order, lines: [{sku, quantity}]}       -> 201, 409
    POST /stock/reservations/ID/release                                           -> 200, 404
    POST /mail/messages                   {to, subject, text}                     -> 202
    GET  /pay/charges  /stock/levels  /stock/reservations  /mail/messages  /health

Every POST carries an `Idempotency-Key`. The same key with the same request gets the same
answer, and nothing happens twice; with another request it gets 422. A 503 is no answer: the
next arrival of the key is decided anew.

Which cards are declined: `tok_declined_CODE` always, with that code; any card above LIMIT.
Which arrivals find the service busy: the first N of a key with `tok_flakyN_…`, and a part
(--busy) of the first arrivals, chosen by --seed and the order's id.

The log has one JSON line for each POST, written and synced before it is answered:
    {n, at, service, method, path, key, attempt, request, status, replayed, answer}
`attempt` counts the arrivals of the key; `replayed` marks an answer that was given before. The
log is also the server's memory: started again with the same log, it goes on where it was."""

import argparse
import fcntl
import hashlib
import json
import os
import re
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Charges above this are declined, whatever the card; in the smallest unit of any currency.
LIMIT = 100_000_000
# The longest request that is read, in bytes.
MAX_BODY = 64 * 1024
# A connection that says nothing for so long is closed, in seconds.
IDLE = 60

STOCK = {
    "MUG-01": 500,
    "MUG-02": 200,
    "PEN-01": 5000,
    "PEN-02": 60,
    "BOOK-01": 120,
    "BOOK-02": 120,
    "TEA-01": 300,
    "TEA-02": 300,
    "LAMP-01": 25,
    "DESK-01": 8,
    "RARE-01": 1,
}


class Refused(Exception):
    """An answer that is a problem document (RFC 9457)."""

    def __init__(self, status, kind, title, **members):
        super().__init__(title)
        self.status, self.members = status, {"type": f"https://shop.example/problems/{kind}", "title": title, **members}


class Shop:
    """The three services' state. `decide` looks, `apply` changes; what is applied is what the
    log holds, so that reading the log again gives the same state."""

    def __init__(self, options):
        self.seed, self.busy = options.seed, options.busy
        self.levels = dict(STOCK)
        self.charges, self.reservations, self.messages = {}, {}, {}
        self.answers, self.arrivals = {}, {}

    def decide(self, path, key, request):
        """The answer to one arrival: (status, body, replayed)."""
        known = self.answers.get(key)
        if known:
            if known["fingerprint"] != fingerprint(path, request):
                raise Refused(422, "key-reused", "The Idempotency-Key was used for another request")
            return known["status"], known["answer"], True
        if path == "/pay/charges":
            return (*self.charge(key, request), False)
        if path == "/stock/reservations":
            return (*self.reserve(key, request), False)
        if path == "/mail/messages":
            fields(request, to=str, subject=str, text=str)
            return 202, {"message": name("msg", key)}, False
        release = re.fullmatch(r"/stock/reservations/([A-Za-z0-9_-]+)/release", path)
        if release:
            return (*self.release(release[1]), False)
        raise Refused(404, "not-found", "There is nothing at this path")

    def charge(self, key, request):
        fields(request, order=str, amount_minor=int, currency=str, card=str)
        if request["amount_minor"] < 1:
            raise Refused(400, "bad-request", "The amount is not positive")
        self.be_busy(key, request)
        declined = re.fullmatch(r"tok_declined_([a-z_]+)", request["card"])
        code = declined[1] if declined else "limit_exceeded" if request["amount_minor"] > LIMIT else None
        if code:
            return 402, {**problem("card-declined", "The card was declined", 402), "decline_code": code}
        amount = {"amount_minor": request["amount_minor"], "currency": request["currency"]}
        return 201, {"charge": name("ch", key), **amount}

    def be_busy(self, key, request):
        """Answers 503 to the arrivals that are chosen for it."""
        before = self.arrivals.get(key, 0)
        flaky = re.match(r"tok_flaky([0-9])_", request["card"])
        draw = hashlib.sha256(f"{self.seed}/{request['order']}/{before}".encode()).digest()
        chosen = before == 0 and int.from_bytes(draw[:4], "big") < self.busy * 2**32
        if chosen or (flaky and before < int(flaky[1])):
            raise Refused(503, "busy", "The payment service is busy")

    def reserve(self, key, request):
        fields(request, order=str, lines=list)
        wanted = {}
        for line in request["lines"]:
            fields(line, sku=str, quantity=int)
            if line["quantity"] < 1:
                raise Refused(400, "bad-request", "A quantity is not positive")
            wanted[line["sku"]] = wanted.get(line["sku"], 0) + line["quantity"]
        missing = [
            {"sku": sku, "wanted": quantity, "available": self.levels.get(sku, 0)}
            for sku, quantity in wanted.items()
            if quantity > self.levels.get(sku, 0)
        ]
        if missing:
            return 409, {**problem("out-of-stock", "The warehouse does not have the goods", 409), "missing": missing}
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in wanted.items()]
        return 201, {"reservation": name("rsv", key), "lines": lines}

    def release(self, reservation):
        if reservation not in self.reservations:
            raise Refused(404, "no-such-reservation", "There is no such reservation")
        return 200, {"reservation": reservation, "released": True}

    def apply(self, entry):
        """Takes in one line of the log."""
        key, path, status, answer = entry["key"], entry["path"], entry["status"], entry["answer"]
        self.arrivals[key] = self.arrivals.get(key, 0) + 1
        final = status in (200, 201, 202, 402, 409)
        if entry["replayed"] or not final:
            return
        request = entry["request"]
        self.answers[key] = {"fingerprint": fingerprint(path, request), "status": status, "answer": answer}
        if status == 201 and path == "/pay/charges":
            self.charges[answer["charge"]] = {**answer, "order": request["order"], "key": key}
        elif status == 201:
            self.move(answer["lines"], -1)
            self.reservations[answer["reservation"]] = {**answer, "order": request["order"], "released": False}
        elif status == 202:
            self.messages[answer["message"]] = {"to": request["to"], "subject": request["subject"], "key": key}
        elif status == 200 and not self.reservations[answer["reservation"]]["released"]:
            self.reservations[answer["reservation"]]["released"] = True
            self.move(self.reservations[answer["reservation"]]["lines"], 1)

    def move(self, lines, sign):
        for line in lines:
            self.levels[line["sku"]] += sign * line["quantity"]

    def look(self, path):
        """The answer to a GET."""
        views = {
            "/health": lambda: {"ok": True},
            "/pay/charges": lambda: list(self.charges.values()),
            "/stock/reservations": lambda: list(self.reservations.values()),
            "/mail/messages": lambda: list(self.messages.values()),
            "/stock/levels": lambda: {
                sku: {"initial": initial, "available": self.levels[sku]} for sku, initial in STOCK.items()
            },
        }
        if path not in views:
            raise Refused(404, "not-found", "There is nothing at this path")
        return views[path]()


class Log:
    """The file that remembers: one line for each arrival, on disk before the answer leaves."""

    def __init__(self, path, shop):
        self.file = open(path, "a+b")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"services.py: {path} is in use by another server")
        self.count = 0
        self.file.seek(0)
        whole = 0
        for line in self.file:
            if not line.endswith(b"\n"):
                break  # Cut off by a kill: it was never answered.
            shop.apply(json.loads(line))
            self.count, whole = self.count + 1, whole + len(line)
        self.file.truncate(whole)
        self.file.seek(0, os.SEEK_END)

    def append(self, entry):
        self.count += 1
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self.file.write(json.dumps({"n": self.count, "at": at, **entry}).encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, options):
        self.shop = Shop(options)
        self.log = Log(options.log, self.shop)
        self.delay = options.delay_ms / 1000
        self.turn = threading.Lock()
        super().__init__(("127.0.0.1", options.port), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE
    disable_nagle_algorithm = True

    def do_GET(self):
        try:
            with self.server.turn:
                answer = self.server.shop.look(self.path)
            self.reply(200, answer)
        except Refused as refused:
            self.refuse(refused)

    def do_POST(self):
        try:
            request = self.read()
            key = self.headers.get("Idempotency-Key", "")
            if not 1 <= len(key) <= 255:
                raise Refused(400, "no-key", "The request has no Idempotency-Key of 1 to 255 characters")
            status, answer, replayed = self.take(key, request)
        except Refused as refused:
            self.refuse(refused)
            return
        # What was decided is on disk; a caller that is killed now does not know it.
        time.sleep(self.server.delay)
        self.reply(status, answer, replayed)

    def take(self, key, request):
        """Decides, records and applies one arrival, one at a time."""
        shop = self.server.shop
        with self.server.turn:
            try:
                status, answer, replayed = shop.decide(self.path, key, request)
            except Refused as refused:
                status, answer, replayed = refused.status, {**refused.members, "status": refused.status}, False
            entry = {
                "service": self.path.split("/")[1],
                "method": "POST",
                "path": self.path,
                "key": key,
                "attempt": shop.arrivals.get(key, 0) + 1,
                "request": request,
                "status": status,
                "replayed": replayed,
                "answer": answer,
            }
            self.server.log.append(entry)
            shop.apply(entry)
        return status, answer, replayed

    def read(self):
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise Refused(411, "no-length", "A request has a Content-Length")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            raise Refused(413, "too-long", f"A request has a Content-Length of at most {MAX_BODY} bytes")
        body = self.rfile.read(int(length))
        try:
            return json.loads(body) if body else None
        except ValueError:
            raise Refused(400, "bad-request", "The request is no JSON") from None

    def refuse(self, refused):
        self.reply(refused.status, {**refused.members, "status": refused.status})

    def reply(self, status, answer, replayed=False):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        if replayed:
            self.send_header("Idempotent-Replayed", "true")
        if status == 503:
            self.send_header("Retry-After", "1")
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # The caller was killed while it waited.

    def log_message(self, format, *arguments):
        pass  # The log of arrivals says it all.


def problem(kind, title, status):
    return {"type": f"https://shop.example/problems/{kind}", "title": title, "status": status}


def fields(value, **kinds):
    """Refuses what is not an object with these members."""
    for member, kind in kinds.items():
        found = value.get(member) if isinstance(value, dict) else None
        if not isinstance(found, kind) or isinstance(found, bool):
            raise Refused(400, "bad-request", f"`{member}` is missing or of the wrong type")


def fingerprint(path, request):
    return hashlib.sha256(json.dumps([path, request], sort_keys=True).encode()).hexdigest()


def name(prefix, key):
    """The same key makes the same name."""
    return f"{prefix}_{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def main():
    parser = argparse.ArgumentParser(description="The services of the order example.")
    parser.add_argument("--log", required=True, help="the file of arrivals, which is also the memory")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--busy", type=float, default=0.1, help="the part of charges that find the service busy at first")
    parser.add_argument("--delay-ms", type=int, default=0, help="how long to wait between recording and answering")
    server = Server(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
