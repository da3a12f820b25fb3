#!/usr/bin/env python3
"""A CRM screen-pop: when a phone rings, show who calls, from callstream's events over HTTP.

    screen_pop.py EXTENSION CUSTOMERS.csv [URL]     CSV: number,name,account; nothing but Python needed
    CALLSTREAM_TOKEN=... screen_pop.py 201 customers.csv http://callstream.example:8261

A line for each call that rings at the extension. After a lost connection it goes on behind the last
event, by its id. Replace pop() with what opens your CRM.
"""

import csv
import json
import os
import sys
import time
import urllib.parse
import urllib.request

RETRY_S = 2
SILENCE_S = 45  # the server says something at least every 15 seconds


def digits(number):
    """The end of a number by which it is compared: +49 30 1234567 and 0301234567 are the same."""
    return "".join(each for each in number or "" if each.isdigit())[-8:]


def events(url, last_id):
    """(id, event) of the stream, until the connection ends."""
    headers = {"Accept": "text/event-stream"}
    if "CALLSTREAM_TOKEN" in os.environ:
        headers["Authorization"] = "Bearer " + os.environ["CALLSTREAM_TOKEN"]
    if last_id:
        headers["Last-Event-ID"] = last_id
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers),
                                timeout=SILENCE_S) as stream:
        event_id, kind, data = last_id, "", []
        for line in stream:
            field, _, value = line.decode().rstrip("\r\n").partition(":")
            value = value.removeprefix(" ")
            if field == "id":
                event_id = value
            elif field == "event":
                kind = value
            elif field == "data":
                data.append(value)
            elif not field and not value and data:  # an empty line ends the event
                if kind.startswith("leg."):
                    yield event_id, json.loads("\n".join(data))
                kind, data = "", []


def pop(caller, customer):
    known = f"{customer['name']}, account {customer['account']}" if customer else "not known"
    print(f"{caller['number']} calls: {known}", flush=True)


def main():
    extension, path = sys.argv[1:3]
    server = sys.argv[3] if len(sys.argv) > 3 else "http://127.0.0.1:8261"
    with open(path, encoding="utf-8", newline="") as file:
        customers = {digits(row["number"]): row for row in csv.DictReader(file)}
    query = urllib.parse.urlencode({"type": "leg.ringing", "extension": extension})
    url, last_id, shown = f"{server.rstrip('/')}/api/events?{query}", None, None
    while True:
        try:
            for last_id, event in events(url, last_id):
                data = event["data"]
                # The filter finds the extension in any part; here it is the phone that rings.
                if data["leg"]["number"] == extension and data["call_id"] != shown:
                    shown = data["call_id"]
                    caller = data["calling"]
                    pop(caller, customers.get(digits(caller["number"])))
        except OSError as error:
            print(f"{server}: {error}; trying again", file=sys.stderr)
        time.sleep(RETRY_S)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
