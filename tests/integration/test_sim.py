"""callstream-sim speaks AMI as the Asterisk in the captures does."""

import collections
import concurrent.futures
import re
import socket
import time

import harness
from ami import AmiClient, Message
from captures import plain_capture


def messages_of(path):
    raw = path.read_bytes()
    return [Message(part) for part in raw[raw.index(b"\r\n") + 2:].split(b"\r\n\r\n")]


class Dialogue(harness.TestCase):
    def test_greets_with_its_banner_and_lets_the_right_secret_in(self):
        sim = self.sim("--banner", "Asterisk Call Manager/9.9.9")
        with AmiClient(sim.port) as client:
            self.assertEqual(client.banner, b"Asterisk Call Manager/9.9.9")
            self.assertEqual(client.login().raw, b"Response: Success\r\nActionID: login\r\n"
                                                 b"Message: Authentication accepted")
            self.assertEqual(client.next().get("Event"), "FullyBooted")

    def test_accepts_an_md5_challenge(self):
        with AmiClient(self.sim().port) as client:
            self.assertEqual(client.login_md5().get("Response"), "Success")

    def test_refuses_a_wrong_secret_and_closes(self):
        sim = self.sim()
        for login in (AmiClient.login, AmiClient.login_md5):
            with AmiClient(sim.port) as client:
                reply = login(client, secret="wrong")
                self.assertEqual(reply.raw, b"Response: Error\r\nActionID: login\r\n"
                                            b"Message: Authentication failed")
                self.assertIsNone(client.next())

    def test_answers_nothing_but_the_login_before_it(self):
        with AmiClient(self.sim().port) as client:
            self.assertEqual(client.ask(Action="Ping").get("Message"), "Permission denied")
            self.assertEqual(client.ask(Foo="bar").get("Message"), "Missing action in request")
            self.assertEqual(client.ask(Action="Challenge").get("Message"),
                             "Must specify AuthType")

    def test_echoes_action_ids_and_refuses_unknown_actions(self):
        odd = 'id with spaces: and colon "q" é'
        with AmiClient(self.sim().port) as client:
            client.login()
            self.assertEqual(client.ask(ACTION="ping", ACTIONID=odd).get("ActionID"), odd)
            self.assertIsNone(client.ask(Action="Ping").get("ActionID"))
            self.assertEqual(client.ask(Action="NoSuch").get("Message"),
                             "Invalid/unknown command: NoSuch. Use Action: ListCommands to show "
                             "available commands.")
            self.assertEqual(client.ask(Action="Logoff").get("Response"), "Goodbye")
            self.assertIsNone(client.next())

    def test_reads_actions_that_come_in_pieces_or_many_at_once(self):
        with AmiClient(self.sim().port) as client:
            client.login()
            for piece in (b"Act", b"ion: Pi", b"ng\r\nAction", b"ID: cut\r", b"\n\r", b"\n"):
                client.socket.sendall(piece)
                time.sleep(0.01)
            while client.next().get("ActionID") != "cut":
                pass
            client.socket.sendall(b"".join(b"Action: Ping\r\nActionID: %d\r\n\r\n" % number
                                           for number in range(50)))
            answers = [client.next().get("ActionID") for _ in range(50)]
            self.assertEqual(answers, [str(number) for number in range(50)])


class Events(harness.TestCase):
    def played(self, *options, events="on"):
        sim = self.sim("--rate", "50", "--calls", "80", "--time-scale", "100", "--exit-when-done",
                       *options)
        with AmiClient(sim.port) as client:
            client.login(events=events)
            messages = []
            while (message := client.next()) is not None:
                messages.append(message)
        self.assertEqual(sim.wait(), 0)
        return messages, sim.summary()

    def test_headers_are_those_of_a_real_asterisk_in_the_same_order(self):
        recorded = collections.defaultdict(set)
        for name in ("a_internal_answered", "c_busy", "d_queue_answered", "e_queue_abandon",
                     "f_blind_transfer", "g_attended_transfer", "r_trunks"):
            for message in messages_of(plain_capture(name, self.directory)):
                recorded[message.get("Event")].add(tuple(message.names()))
        messages, _ = self.played("--mix", "busy,hold,blind_transfer,attended_transfer,congestion,"
                                  "queue_answered,queue_abandoned,canceled,no_answer,"
                                  "outbound_answered,inbound_answered")
        kinds = {message.get("Event") for message in messages}
        self.assertGreater(len(kinds), 25)
        for message in messages:
            self.assertIn(tuple(message.names()), recorded[message.get("Event")], message)

    def test_headers_of_ami_1_are_those_of_a_real_asterisk_1_8(self):
        recorded = collections.defaultdict(set)
        for name in ("a_internal_answered", "b_noanswer", "d_queue_answered", "e_queue_abandon",
                     "f_blind_transfer", "g_attended_transfer", "i_ivr", "k_originate"):
            for message in messages_of(plain_capture(name + ".ast18", self.directory)):
                recorded[message.get("Event")].add(tuple(message.names()))
        messages, _ = self.played("--ami-1", "--mix",
                                  "queue_answered,queue_abandoned,ring_group,menu,callback,hold,"
                                  "blind_transfer,attended_transfer,busy,no_answer")
        kinds = {message.get("Event") for message in messages}
        self.assertGreater(len(kinds), 20)
        for message in messages:
            names = tuple(name for name in message.names() if name != "Recording File Name")
            if message.get("Event") != "AutoMixMonitorEnd":  # an appliance's own
                self.assertIn(names, recorded[message.get("Event")], message)

    def test_the_summary_counts_what_was_sent(self):
        messages, summary = self.played()
        sent = collections.Counter(message.get("Event") for message in messages)
        self.assertTrue(summary["finished"])
        self.assertEqual(summary["sessions"]["events"], sum(sent.values()))
        del sent["FullyBooted"]
        self.assertEqual(summary["pbx"][0]["events"], sent)
        calls = summary["pbx"][0]["calls"]
        self.assertEqual(len(calls), 80)
        self.assertEqual(sum(call["cdrs"] for call in calls), sent["Cdr"])
        self.assertEqual({id for call in calls for id in call["linkedids"]},
                         {message.get("Linkedid") for message in messages
                          if message.get("Event") == "Newchannel"})

    def test_every_channel_that_appears_is_hung_up_and_every_bridge_destroyed(self):
        messages, _ = self.played()
        alive = set()
        for message in messages:
            event, channel = message.get("Event"), message.get("Uniqueid")
            if event == "Newchannel":
                self.assertNotIn(channel, alive)
                alive.add(channel)
            elif event == "Hangup":
                alive.remove(channel)
            elif channel is not None and event != "Cdr":
                self.assertIn(channel, alive, message)
        self.assertEqual(alive, set())
        sent = collections.Counter(message.get("Event") for message in messages)
        self.assertEqual(sent["BridgeCreate"], sent["BridgeDestroy"])
        self.assertEqual(sent["BridgeEnter"], sent["BridgeLeave"])

    def test_the_mask_of_the_login_chooses_the_classes(self):
        messages, _ = self.played(events="cdr,agent")
        kinds = {message.get("Privilege").split(",")[0] for message in messages}
        self.assertEqual(kinds, {"cdr", "agent"})

    def test_a_user_who_may_read_less_gets_less(self):
        messages, _ = self.played("--read", "cdr")
        self.assertEqual({message.get("Event") for message in messages}, {"Cdr"})

    def test_the_same_seed_plays_the_same_calls(self):
        plays = []
        for _ in range(2):
            messages, _ = self.played("--seed", "7")
            plays.append([(message.get("Event"), message.get("CallerIDNum"))
                          for message in messages])
        self.assertEqual(plays[0], plays[1])

    def test_timestamps_follow_the_privilege(self):
        messages, _ = self.played("--timestamps")
        for message in messages[1:]:  # FullyBooted has none
            self.assertEqual(message.names()[2], "Timestamp")
            self.assertRegex(message.get("Timestamp"), r"^\d{10}\.\d{6}$")


class Lists(harness.TestCase):
    def test_show_the_calls_that_are_up(self):
        sim = self.sim("--rate", "100", "--calls", "20", "--mix", "hold=1,queue_answered=1")
        with AmiClient(sim.port) as client:
            client.login(events="off")
            harness.wait_until("all calls are up", lambda: len(
                {item.get("Linkedid") for item in
                 client.list(Action="CoreShowChannels", ActionID="c")}) == 20)
            harness.wait_until("some talk", lambda: client.list(Action="BridgeList", ActionID="b"))
            bridge = client.list(Action="BridgeList", ActionID="b2")[0].get("BridgeUniqueid")
            members = client.list(Action="BridgeInfo", ActionID="i", BridgeUniqueid=bridge)
            self.assertEqual(len(members), 2)
            channels = client.list(Action="CoreShowChannels", ActionID="c2")
            in_bridge = [item for item in channels if item.get("BridgeId") == bridge]
            self.assertEqual(len(in_bridge), 2)
            devices = client.list(Action="DeviceStateList", ActionID="d")
            self.assertIn("INUSE", {item.get("State") for item in devices})
            kinds = {item.get("Event") for item in client.list(Action="QueueStatus", ActionID="q")}
            self.assertLessEqual({"QueueParams", "QueueMember"}, kinds)

    def test_are_unknown_to_a_replay(self):
        sim = self.sim("--replay", str(plain_capture("c_busy", self.directory)))
        with AmiClient(sim.port) as client:
            client.login(events="off")
            for action in ("CoreShowChannels", "BridgeList", "QueueStatus", "DeviceStateList",
                           "ParkedCalls", "PJSIPShowContacts", "ExtensionStateList"):
                self.assertEqual(client.ask(Action=action).get("Response"), "Error", action)


class Replay(harness.TestCase):
    def recorded(self, name):
        """What a capture holds behind its login."""
        raw = plain_capture(name, self.directory).read_bytes()
        mark = b"Message: Authentication accepted\r\n\r\n"
        return raw[raw.index(mark) + len(mark):]

    def read_all(self, client, size):
        while len(client.buffer) < size and not client.ended:
            client._receive()
        return client.buffer

    def test_sends_the_recorded_bytes_as_they_are(self):
        for name in ("g_attended_transfer", "l2_crlf_injection", "l_names"):
            with self.subTest(name):
                expected = self.recorded(name)
                sim = self.sim("--replay", str(plain_capture(name, self.directory)))
                with AmiClient(sim.port) as client:
                    client.login()
                    self.assertEqual(self.read_all(client, len(expected)), expected)

    def test_at_a_speed_takes_its_time(self):
        expected = self.recorded("a_internal_answered")  # twelve seconds
        sim = self.sim("--replay", str(plain_capture("a_internal_answered",
                                                             self.directory)), "--speed", "10")
        with AmiClient(sim.port) as client:
            client.login()
            begun = time.monotonic()
            self.assertEqual(self.read_all(client, len(expected)), expected)
            self.assertGreater(time.monotonic() - begun, 0.8)

    def test_answers_stand_between_messages(self):
        sim = self.sim("--replay", str(plain_capture("g_attended_transfer",
                                                             self.directory)), "--speed", "200")
        expected = [part for part in self.recorded("g_attended_transfer").split(b"\r\n\r\n")[:-1]]
        with AmiClient(sim.port) as client:
            client.login()
            got = [client.next().raw, client.next().raw]  # then it plays, and questions may come
            while len(got) < len(expected):
                client.send(Action="Ping", ActionID="between")
                message = client.next()
                if message.get("ActionID") != "between":
                    got.append(message.raw)
        self.assertEqual(got, expected)

    def test_a_cut_tears_a_message_and_the_next_client_gets_whole_ones(self):
        expected = self.recorded("g_attended_transfer").split(b"\r\n\r\n")[:-1]
        sim = self.sim("--replay", str(plain_capture("g_attended_transfer",
                                                             self.directory)),
                       "--cut-every", "20000")
        got, torn, connections = [], 0, 0
        while not sim.done():
            with AmiClient(sim.port, timeout=1) as client:
                client.login()
                connections += 1
                try:
                    while (message := client.next()) is not None:
                        got.append(message.raw)
                except TimeoutError:
                    break  # all was played
                torn += bool(client.buffer)
        self.assertGreater(connections, 5)
        self.assertGreater(torn, 3)
        self.assertLessEqual(torn, connections)
        booted = [raw for raw in got if raw.startswith(b"Event: FullyBooted")]
        self.assertEqual(len(booted), connections)
        recorded = set(expected)
        for raw in got:
            self.assertTrue(raw in recorded or raw in booted, raw)

    def test_plays_one_pbx_for_each_capture(self):
        names = ("a_internal_answered", "c_busy")
        options = [option for name in names for option in
                   ("--replay", str(plain_capture(name, self.directory)))]
        sim = self.sim(*options)
        for name, port in zip(names, sim.ports):
            with AmiClient(port) as client:
                client.login()
                expected = self.recorded(name)
                self.assertEqual(self.read_all(client, len(expected)), expected)
        harness.wait_until("the summary", sim.done)


class Load(harness.TestCase):
    def read_to_end(self, client):
        data = client.buffer
        while chunk := client.socket.recv(1 << 20):
            data += chunk
        return data

    def test_sends_exactly_so_many_events_with_ids_of_their_own(self):
        sim = self.sim("--load", "50000", "--exit-when-done", "--timestamps")
        with AmiClient(sim.port) as client:
            client.login()
            data = self.read_to_end(client)
        self.assertEqual(data.count(b"\r\nPrivilege: "), 50001)  # and FullyBooted
        created = re.findall(rb"Event: Newchannel\r\n(?:.*\r\n)*?Uniqueid: (\S+)", data)
        self.assertEqual(len(created), len(set(created)))
        self.assertGreater(len({id.split(b"-")[0] for id in created}), 2)  # rounds
        self.assertEqual(sim.wait(), 0)
        self.assertEqual(sim.summary()["sessions"]["events"], 50001)

    def test_waits_for_its_clients_and_shares_among_them(self):
        sim = self.sim("--load", "30000", "--connections", "3", "--exit-when-done",
                       "--event-rate", "60000")
        clients = [AmiClient(sim.port) for _ in range(3)]
        for client in clients:
            client.login()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            counts = [data.count(b"\r\nPrivilege: ")
                      for data in pool.map(self.read_to_end, clients)]
        for client in clients:
            client.socket.close()
        self.assertEqual(sum(counts), 30003)
        self.assertGreater(min(counts), 5000)

    def test_drops_a_client_that_does_not_read(self):
        sim = self.sim("--rate", "2000", "--time-scale", "100", "--write-queue-max", "100000")
        client = AmiClient(sim.port)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.login()
        harness.wait_until("the connection is closed", lambda: _at_end_after_pause(client))
        client.socket.close()
        self.assertEqual(sim.terminate(), 0)
        self.assertEqual(sim.summary()["sessions"]["dropped"], 1)


def _at_end_after_pause(client):
    """Lets the buffers fill, then reads what is in them."""
    time.sleep(0.5)
    client.socket.settimeout(0.2)
    try:
        while client.socket.recv(1 << 20):
            pass
        return True
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


class ManyPbxes(harness.TestCase):
    def test_each_connection_can_see_a_pbx_of_its_own(self):
        sim = self.sim("--pbx-per-connection", "--rate", "50", "--calls", "5", "--time-scale",
                       "100", "--seed", "2")
        names = set()
        with AmiClient(sim.port) as one, AmiClient(sim.port) as two:
            for client in (one, two):
                client.login(events="call")
            for client in (one, two):
                while (message := client.next()).get("Event") != "Newchannel":
                    pass
                names.add(message.get("Linkedid").split("-")[0])
        self.assertEqual(names, {"pbx1", "pbx2"})
        self.assertEqual(sim.terminate(), 0)


if __name__ == "__main__":
    harness.main()
