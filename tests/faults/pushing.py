"""``python tests/faults/pushing.py PORT KEY FILE SEED``: a client that pushes every message of a file until each is taken.

Some one by one, the rest by hundreds, in an order of its own. It knows nothing of what it did before it was killed. At the
end it prints what it was told: the number of each outside number, and the answers that a client should never get.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Any, Final

SINGLES: Final = 15
BODY: Final = 100
_AGAIN: Final = (429, 503)  # as the description of the interface says


class Client:
    """One connection, made anew whenever it broke."""

    def __init__(self, port: int, key: str) -> None:
        self.port, self.key = port, key
        self.connection = self._connect()

    def _connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def post(self, path: str, said: Any) -> tuple[int, Any]:
        """Until there is an answer."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        while True:
            try:
                self.connection.request("POST", path, json.dumps(said).encode(), headers)
                answer = self.connection.getresponse()
                body = json.loads(answer.read())
            except (OSError, HTTPException, ValueError):
                self.connection.close()
                self.connection = self._connect()
                time.sleep(0.05)
                continue
            if answer.status not in _AGAIN:
                return answer.status, body
            time.sleep(0.2)


def pushed(client: Client, messages: list[dict[str, Any]], chance: Random) -> Iterator[tuple[str, int, str]]:
    """The outside number, the status and the number of each."""
    chance.shuffle(messages)
    for message in messages[:SINGLES]:
        status, told = client.post("/api/v1/messages/", message)
        yield message["external_id"], status, told.get("number", "")
    for begin in range(SINGLES, len(messages), BODY):
        status, told = client.post("/api/v1/messages/bulk/", messages[begin : begin + BODY])
        if status != 200:
            yield "", status, str(told)
            continue
        yield from ((item["external_id"], item["status"], item.get("number", "")) for item in told["items"])


if __name__ == "__main__":
    port, key, path, seed = sys.argv[1:]
    numbers: dict[str, str] = {}
    wrong: list[list[Any]] = []
    for outside, status, number in pushed(Client(int(port), key), json.loads(Path(path).read_text()), Random(int(seed))):
        if status in (200, 201):
            numbers[outside] = number
        else:
            wrong.append([outside, status, number])
    print(json.dumps({"numbers": numbers, "wrong": wrong[:10]}))
