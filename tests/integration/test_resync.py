"""The view of a PBX after a break: what callstream published, folded as a consumer folds it, must
be what is so in the PBX.

A marker event of the PBX stands in the stream where its own truth was taken, so that both are
compared at the same moment although fifty calls go on.
"""

import copy
import json
import random
import socket
import time

import harness
import pipeline

CUTS = 200 if harness.FULL else 20
RESTARTS = 20 if harness.FULL else 4
RESYNC_MAX_S = 2.0
MIX = ("internal_answered=25,inbound_answered=20,outbound_answered=10,queue_answered=25,"
       "queue_abandoned=8,no_answer=6,canceled=4,busy=3,congestion=1,hold=3,blind_transfer=6,"
       "attended_transfer=6,conference=12,parked=8,agent_break=20,agent_shift=8")
MIX_1 = MIX.replace("conference=12,parked=8,", "")
DEVICE_STATES = {"NOT_INUSE": "idle", "INUSE": "in-use", "BUSY": "busy", "RINGING": "ringing",
                 "RINGINUSE": "ringing-in-use", "ONHOLD": "on-hold"}


class Control:
    """The control port of callstream-sim."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def ask(self, line):
        self.socket.sendall((line + "\n").encode())
        answer = json.loads(self.lines.readline())
        assert "error" not in answer, answer
        return answer

    def close(self):
        self.lines.close()
        self.socket.close()


class View:
    """What a consumer believes after the events it has seen."""

    def __init__(self):
        self.legs = {}  # open ones: leg -> bridge, "" for none
        self.leg_calls = {}  # leg -> its call
        self.calls = set()
        self.waiting = set()
        self.members = {}  # device -> paused
        self.devices = {}
        self.rooms = {}  # conference -> its parties
        self.parked = set()  # calls
        self.holding = set()  # legs that put the other party on hold
        self.ended = set()
        self.started = {}  # when, as it was told first

    def apply(self, event):
        kind, data = event["type"], event["data"]
        if kind == "call.initiated":
            assert data["call_id"] not in self.ended, f"a call began after its end: {event}"
            self.calls.add(data["call_id"])
            self.started[data["call_id"]] = data["started_at"]
        elif kind == "call.merged":
            self.calls.discard(data["merged_call_id"])
            for leg, call in self.leg_calls.items():
                if call == data["merged_call_id"]:
                    self.leg_calls[leg] = data["call_id"]
        elif kind == "call.ended":
            assert data["call_id"] not in self.ended, f"a call ended twice: {event}"
            assert data["call_id"] in self.calls, f"a call ended that never began: {event}"
            assert data["started_at"] == self.started[data["call_id"]], event
            self.ended.add(data["call_id"])
            self.calls.remove(data["call_id"])
            self.parked.discard(data["call_id"])
        elif kind.startswith("leg."):
            self.apply_leg(kind, data)
        elif kind in ("call.parked", "call.unparked"):
            (self.parked.add if kind == "call.parked" else self.parked.discard)(data["call_id"])
        elif kind in ("call.held", "call.retrieved"):
            (self.holding.add if kind == "call.held" else self.holding.discard)(data["leg_id"])
        elif kind.startswith("conference."):
            self.apply_conference(kind, data)
        elif kind == "queue.caller_joined":
            self.waiting.add(data["leg_id"])
        elif kind == "queue.caller_left":
            self.waiting.discard(data["leg_id"])
        elif kind in ("agent.logged_on", "agent.ready", "agent.not_ready"):
            self.members[data["device"]] = (kind == "agent.not_ready" if kind != "agent.logged_on"
                                            else bool(data["paused"]))
        elif kind == "agent.logged_off":
            self.members.pop(data["device"], None)
        elif kind == "device.state_changed" and "/" in data["device"]:
            if data["state"] == "unknown":
                self.devices.pop(data["device"], None)
            else:
                self.devices[data["device"]] = data["state"]

    def apply_conference(self, kind, data):
        room = data["conference"]
        if kind == "conference.started":
            assert room not in self.rooms, data
            self.rooms[room] = set()
        elif kind == "conference.joined":
            self.rooms[room].add(data["leg_id"])
        elif kind == "conference.left":
            self.rooms[room].remove(data["leg_id"])
        elif kind == "conference.ended":
            assert not self.rooms.pop(room), data

    def apply_leg(self, kind, data):
        leg = data["leg_id"]
        self.leg_calls[leg] = data["call_id"]
        if kind == "leg.created":
            assert leg not in self.legs, data
            self.legs[leg] = ""
        elif kind == "leg.bridged":
            self.legs[leg] = data["bridge_id"]
        elif kind == "leg.unbridged":
            self.legs[leg] = ""
        elif kind == "leg.ended":
            del self.legs[leg]  # KeyError: it ended twice
            del self.leg_calls[leg]
            self.holding.discard(leg)

    def connected(self):
        """Who is connected with whom."""
        return connected(self.legs)


def connected(legs):
    bridges = {}
    for leg, bridge in legs.items():
        if bridge:
            bridges.setdefault(bridge, set()).add(leg)
    return {frozenset(members) for members in bridges.values() if len(members) > 1}


def truth_as_view(truth):
    channels = truth["channels"]
    return {"legs": {id: channel["bridge"] for id, channel in channels.items()},
            "calls": {channel["linkedid"] for channel in channels.values()},
            "waiting": set(truth["waiting"]),
            "members": truth["members"],
            "rooms": {room: set(parties) for room, parties in truth["rooms"].items()},
            "parked": set(truth["parked"]),
            "devices": {device: DEVICE_STATES[state]
                        for device, state in truth["devices"].items()}}


class Stream:
    """The events of a file sink as they come, folded up to each marker."""

    def __init__(self, path):
        self.path = path
        self.offset = 0  # of the first line that was not whole yet
        self.view = View()
        self.events = []
        self.marked = {}  # marker -> what was believed there
        self.counts = {}

    def read(self):
        if not self.path.exists():
            return self
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            text = file.read()
        whole = text[:text.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in whole.decode().splitlines():
            self.take(json.loads(line))
        return self

    def take(self, event):
        self.counts[event["type"]] = self.counts.get(event["type"], 0) + 1
        self.view.apply(event)
        if event["type"].startswith("source.") or event["data"]["synthetic"]:
            self.events.append(event)
        if event["type"] == "user.event":
            self.marked[event["data"]["name"]] = copy.deepcopy(self.view)

    def of_type(self, kind):
        return [event for event in self.events if event["type"] == kind]

    def count(self, kind):
        return self.read().counts.get(kind, 0)


def seconds_of(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (fraction or "0"))


class Resync(harness.TestCase):
    def play(self, *options):
        mix = MIX_1 if "--ami-1" in options else MIX
        self.pbx = self.sim("--control", "0", "--mix", mix, *options)
        line = next(line for line in self.pbx.stdout().splitlines() if line.startswith("control "))
        self.control = Control(int(line.rsplit(":", 1)[1]))
        self.addCleanup(self.control.close)

    def run_callstream(self, name="events"):
        path = self.directory / f"{name}.ndjson"
        toml = pipeline.config({"hq": self.pbx.port}, {"file": pipeline.file_sink(path)},
                               self.directory / f"{name}.journal")
        self.toml = toml.replace('backoff_first = "100ms"',
                            'ping_interval = "200ms", ping_timeout = "300ms", '
                            'backoff_first = "50ms"')
        self.callstream = self.start(pipeline.Callstream(self.directory, self.toml))
        self.stream = Stream(path)

    def restart_callstream(self, how):
        """Ends it with `how`, and starts it again with the same journal a while later."""
        getattr(self.callstream, how)()
        time.sleep(random.Random(len(self.stream.events)).uniform(0.0, 1.0))
        self.callstream = self.start(pipeline.Callstream(self.directory, self.toml))

    def wait_for(self, what, condition, patience_s=harness.PATIENCE_S):
        try:
            return harness.wait_until(what, condition, patience_s)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.callstream.stderr()[-3000:]}") from None

    def wait_for_count(self, kind, count):
        self.wait_for(f"{count} {kind}", lambda: self.stream.count(kind) >= count)

    def wait_for_calls(self, count):
        self.wait_for(f"{count} concurrent calls", lambda: len(truth_as_view(
            self.control.ask("state"))["calls"]) >= count)

    def compare(self, name):
        """Takes the PBX's truth now, and compares when the stream has come to that place."""
        truth = self.control.ask(f"mark {name}")
        self.wait_for(f"the marker {name}", lambda: name in self.stream.read().marked)
        self.compare_views(self.stream.marked.pop(name), truth, name)

    def compare_views(self, believed, truth, name):
        for part, value in truth_as_view(truth).items():
            self.assertEqual(getattr(believed, part), value, f"{part} at {name}")
        # A hold that no list proves is told as over.
        holding = {id for id, one in truth["channels"].items() if one["holds"]}
        self.assertLessEqual(believed.holding, holding, name)

    def break_and_compare(self, how, name):
        known = self.stream.count("source.resynced")
        self.control.ask(how)
        self.wait_for_count("source.resynced", known + 1)
        self.compare(name)

    def check_gaps(self):
        """Each loss has its gap, whose bounds enclose it, and is repaired in time."""
        lost, gaps = self.stream.of_type("source.disconnected"), self.stream.of_type("source.gap")
        connected = self.stream.of_type("source.connected")
        resynced = self.stream.of_type("source.resynced")
        self.assertEqual(len(gaps), len(lost))
        self.assertEqual(len(connected), len(resynced))
        for loss, gap, again, right in zip(lost, gaps, connected[1:], resynced[1:]):
            self.assertLess(int(loss["sequence"]), int(gap["sequence"]))
            self.assertLess(int(again["sequence"]), int(gap["sequence"]))
            self.assertLess(int(gap["sequence"]), int(right["sequence"]))
            begin, end = seconds_of(gap["data"]["from"]), seconds_of(gap["data"]["to"])
            self.assertLessEqual(begin, seconds_of(loss["time"]))
            self.assertLessEqual(seconds_of(loss["time"]), end)
            self.assertLessEqual(end, seconds_of(again["recordedtime"]) + 0.001)
            took = seconds_of(right["recordedtime"]) - seconds_of(again["recordedtime"])
            self.assertLess(took, RESYNC_MAX_S)
        made_up = [event for event in self.stream.events if event["data"]["synthetic"]]
        self.check_made_up(sum(event["data"]["missing_count"] for event in resynced), len(made_up))

    def check_made_up(self, missing, made_up):
        self.assertEqual(missing, made_up)


class Cuts(Resync):
    def test_the_published_state_is_the_pbxs_own_after_each_cut(self):
        self.cut_often()

    def cut_often(self, *options):
        self.play("--rate", "3.5", *options)
        self.run_callstream()
        self.wait_for_count("source.resynced", 1)
        self.wait_for_calls(50)
        choice = random.Random(7)
        for number in range(CUTS):
            time.sleep(choice.uniform(0.0, 0.6))
            how = choice.choices(["cut", "cut inside", "silent"], [6, 5, 1])[0]
            self.break_and_compare(how, f"{how} {number}")
        self.check_gaps()
        made_up = self.stream.of_type("call.ended")
        self.assertGreater(len(made_up), 0, "no call ended unseen: the test shows nothing")
        for event in made_up:
            self.assertEqual(event["data"]["cause"]["text"], "ended while the PBX was not seen")
        if harness.FULL and "--ami-1" not in options:  # enough cuts for each to be sure to happen
            for kind in ("conference.joined", "conference.left", "call.parked", "call.unparked"):
                told = [event for event in self.stream.of_type(kind) if event["data"]["synthetic"]]
                self.assertGreater(len(told), 0, kind)


class Cuts1(Cuts):
    """The same with a PBX that speaks AMI 1.1: no list of it says which calls its channels are of,
    nor whom a ringing phone is rung for, so that such a phone may stay untold."""

    def test_the_published_state_is_the_pbxs_own_after_each_cut(self):
        self.cut_often("--ami-1")

    def check_made_up(self, missing, made_up):
        # Transfers that nobody names are inferred, gap or not.
        self.assertLessEqual(missing, made_up)

    def compare_views(self, believed, truth, name):
        channels = truth["channels"]
        self.assertEqual(believed.connected(),
                         connected({id: one["bridge"] for id, one in channels.items()}), name)
        self.assertEqual(believed.waiting, set(truth["waiting"]), name)
        self.assertEqual(believed.members, truth["members"], name)
        up = {id for id, one in channels.items() if one["state"] == "Up"}
        self.assertLessEqual(up, set(believed.legs), name)
        self.assertLessEqual(set(believed.legs), set(channels), name)
        self.assertEqual(set(believed.leg_calls.values()), believed.calls, name)
        for legs in believed.connected():
            self.assertEqual(len({believed.leg_calls[leg] for leg in legs}), 1, name)

    def wait_for_calls(self, count):
        self.wait_for(f"{count} concurrent calls", lambda: len(
            {one["linkedid"] for one in self.control.ask("state")["channels"].values()}) >= count)


class Restarts(Resync):
    def test_calls_go_on_over_our_own_restarts(self):
        self.play("--rate", "3.5")
        self.run_callstream()
        self.wait_for_calls(30)
        for number in range(RESTARTS):
            known = self.stream.count("source.resynced")
            self.restart_callstream("kill" if number % 2 else "terminate")
            self.wait_for_count("source.resynced", known + 1)
            self.compare(f"run {number}")
        gaps = self.stream.of_type("source.gap")
        self.assertEqual([gap["data"]["reason"] for gap in gaps],
                         ["callstream did not run"] * RESTARTS)
        code, out, errors = pipeline.run_callstream("journal", "verify", "--journal",
                                                    self.directory / "events.journal")
        self.assertEqual(code, 0, out + errors)

    def test_a_restart_of_the_pbx_ends_every_call_once(self):
        self.play("--rate", "8")
        self.run_callstream()
        self.wait_for_calls(25)
        open_before = truth_as_view(self.control.ask("state"))["calls"]
        self.break_and_compare("restart", "restarted")
        self.assertLessEqual(open_before, self.stream.view.ended | self.stream.view.calls)
        self.assertFalse(open_before & self.stream.view.calls)
        reasons = {event["data"]["cause"]["text"] for event in self.stream.of_type("call.ended")}
        self.assertEqual(reasons, {"the PBX began anew"})
        self.check_gaps()

    def test_a_reload_changes_nothing(self):
        self.play("--rate", "8")
        self.run_callstream()
        self.wait_for_calls(10)
        self.control.ask("reload")
        self.compare("reloaded")
        self.assertEqual(self.stream.count("system.reloaded"), 1)
        self.assertEqual(self.stream.of_type("call.ended"), [])
        self.assertEqual(self.stream.of_type("source.gap"), [])


class Clocks(Resync):
    def test_a_pbx_whose_clock_is_off_keeps_its_own_time(self):
        for skew_s in (90, -90):
            with self.subTest(skew_s=skew_s):
                self.play_off_by(skew_s)

    def play_off_by(self, skew_s):
        self.play("--rate", "8", "--timestamps")
        self.control.ask(f"skew {skew_s}")
        self.run_callstream(f"off{skew_s}")
        self.wait_for_calls(20)
        for number in range(3):
            self.break_and_compare("cut", f"cut {number}")
        self.check_gaps()
        for event in self.stream.events:
            if event["type"].startswith("source."):
                continue
            ahead_s = seconds_of(event["time"]) - seconds_of(event["recordedtime"])
            self.assertLess(abs(ahead_s - skew_s), 5.0, event)
        for event in self.stream.of_type("call.ended"):
            data = event["data"]
            self.assertGreaterEqual(seconds_of(data["ended_at"]), seconds_of(data["started_at"]))
            if data["talk_seconds"] is not None:
                self.assertLess(abs(data["talk_seconds"]), 60.0)
                self.assertGreaterEqual(data["talk_seconds"], 0.0)


if __name__ == "__main__":
    harness.main()
