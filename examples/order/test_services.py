"""What the order example relies on in services.py: `python3 -m unittest` in this folder."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CHARGE = {"order": "ord-1", "amount_minor": 1250, "currency": "EUR", "card": "tok_visa_4242"}
RESERVE = {"order": "ord-1", "lines": [{"sku": "RARE-01", "quantity": 1}]}


class Services(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.log = os.path.join(self.folder.name, "arrivals.jsonl")
        self.start()

    def tearDown(self):
        self.stop()
        self.folder.cleanup()

    def start(self):
        command = [sys.executable, os.path.join(HERE, "services.py"), "--log", self.log, "--busy", "0"]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.server.stdout.readline().rsplit(":", 1)[1])

    def stop(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def send(self, method, path, body=None, key=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Idempotency-Key": key} if key else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        result = (answer.status, json.loads(answer.read()), dict(answer.getheaders()))
        connection.close()
        return result

    def test_the_same_key_charges_once_and_gets_the_same_answer(self):
        first = self.send("POST", "/pay/charges", CHARGE, "k1")
        second = self.send("POST", "/pay/charges", CHARGE, "k1")
        self.assertEqual((first[0], second[0]), (201, 201))
        self.assertEqual(first[1], second[1])
        self.assertEqual(second[2]["Idempotent-Replayed"], "true")
        self.assertEqual(len(self.send("GET", "/pay/charges")[1]), 1)

    def test_many_at_once_with_one_key_charge_once(self):
        answers = []
        send = lambda: answers.append(self.send("POST", "/pay/charges", CHARGE, "k1")[1])
        threads = [threading.Thread(target=send) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), 20)
        self.assertTrue(all(answer == answers[0] for answer in answers))
        self.assertEqual(len(self.send("GET", "/pay/charges")[1]), 1)

    def test_a_key_for_another_request_is_refused(self):
        self.send("POST", "/pay/charges", CHARGE, "k1")
        other = self.send("POST", "/pay/charges", {**CHARGE, "amount_minor": 1}, "k1")
        self.assertEqual(other[0], 422)

    def test_a_flaky_card_is_busy_as_often_as_it_says_and_then_charges(self):
        flaky = {**CHARGE, "card": "tok_flaky2_4242"}
        answers = [self.send("POST", "/pay/charges", flaky, "k1") for _ in range(3)]
        self.assertEqual([status for status, _, _ in answers], [503, 503, 201])
        self.assertEqual(answers[0][2]["Retry-After"], "1")

    def test_a_declined_card_stays_declined(self):
        card = {**CHARGE, "card": "tok_declined_expired_card"}
        for _ in range(2):
            status, body, _ = self.send("POST", "/pay/charges", card, "k1")
            self.assertEqual((status, body["decline_code"]), (402, "expired_card"))
        self.assertEqual(self.send("GET", "/pay/charges")[1], [])

    def test_stock_is_reserved_once_refused_when_gone_and_back_after_release(self):
        held = self.send("POST", "/stock/reservations", RESERVE, "k1")
        self.assertEqual(self.send("POST", "/stock/reservations", RESERVE, "k1")[1], held[1])
        gone = self.send("POST", "/stock/reservations", RESERVE, "k2")
        self.assertEqual((gone[0], gone[1]["missing"][0]["available"]), (409, 0))
        path = f"/stock/reservations/{held[1]['reservation']}/release"
        for key in ("k3", "k3", "k4"):
            self.assertEqual(self.send("POST", path, None, key)[0], 200)
        self.assertEqual(self.send("GET", "/stock/levels")[1]["RARE-01"], {"initial": 1, "available": 1})

    def test_a_killed_server_goes_on_where_it_was(self):
        charge = self.send("POST", "/pay/charges", CHARGE, "k1")[1]
        self.send("POST", "/stock/reservations", RESERVE, "k2")
        self.send("POST", "/pay/charges", {**CHARGE, "card": "tok_flaky2_4242"}, "k3")
        self.stop()
        with open(self.log, "ab") as log:
            log.write(b'{"n": 4, "cut')
        self.start()
        self.assertEqual(self.send("POST", "/pay/charges", CHARGE, "k1")[1], charge)
        self.assertEqual(self.send("GET", "/stock/levels")[1]["RARE-01"]["available"], 0)
        statuses = [self.send("POST", "/pay/charges", {**CHARGE, "card": "tok_flaky2_4242"}, "k3")[0] for _ in "ab"]
        self.assertEqual(statuses, [503, 201])
        with open(self.log) as log:
            numbers = [json.loads(line)["n"] for line in log]
        self.assertEqual(numbers, [1, 2, 3, 4, 5, 6])

    def test_what_is_no_request_is_refused(self):
        self.assertEqual(self.send("POST", "/pay/charges", CHARGE)[0], 400)
        self.assertEqual(self.send("POST", "/pay/charges", {"order": 7}, "k1")[0], 400)
        self.assertEqual(self.send("POST", "/nowhere", {}, "k2")[0], 404)
        self.assertEqual(self.send("GET", "/nowhere")[0], 404)


if __name__ == "__main__":
    unittest.main()
