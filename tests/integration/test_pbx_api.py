"""callstream-sim plays the poll APIs as their documents say: asked with curl."""

import hashlib
import json
import subprocess
import urllib.parse

import harness
from pbx_api import PbxApi

PASSWORD = hashlib.md5(b"secret").hexdigest()
EVERYTHING = ("src=&dst=&disposition=All&userfield=All&minbillsec=&maxbillsec=&cidname=&in_route="
              "&IVR=&port=-1")


class PlayedApi(harness.TestCase):
    def curl(self, pbx, path, *options):
        """The body; `self.code` is HTTP's status, `self.failure` curl's own."""
        done = subprocess.run(["curl", "-s", "--max-time", "20", "--cacert", pbx.certificate,
                               "-w", "\n%{http_code}", *options, pbx.url(path)],
                              capture_output=True)
        body, _, code = done.stdout.rpartition(b"\n")
        self.code, self.failure = int(code), done.returncode
        return body

    def json(self, pbx, path, *options):
        return json.loads(self.curl(pbx, path, *options))


class Nexo(PlayedApi):
    def log_in(self, pbx, password=PASSWORD):
        self.jar = self.directory / "jar"
        return self.json(pbx, f"/cgi/webserve/8404?&UserName=admin&Password={password}",
                         "-X", "POST", "-c", self.jar)

    def cdrs(self, pbx, window="startdate=2000-01-01%2000:00&enddate=", rest=EVERYTHING):
        return self.json(pbx, f"/cgi/webserve/9006?&{window}&{rest}", "-X", "POST", "-b",
                         self.jar)["json_array_astcdrs"]

    def test_what_was_asked_for_is_what_the_truth_says(self):
        pbx = self.start(PbxApi(self.directory, "nexo", "--cdrs", "500", "--utc-offset", "8"))
        self.assertEqual(self.log_in(pbx)["LoginStatus"], "Success")
        rows = self.cdrs(pbx)
        self.assertEqual(sorted(row["UniqueID"] for row in rows),
                         sorted(row["key"] for row in pbx.truth()))
        self.assertLess(len({row["UniqueID"] for row in rows}), 500, "some calls have two rows")
        self.assertEqual([row["calldate"] for row in rows],
                         sorted((row["calldate"] for row in rows), reverse=True))
        answered = [row for row in rows if row["disposition"] == "ANSWERED"]
        self.assertEqual(self.cdrs(pbx, rest="disposition=ANSWERED"), answered)
        day = rows[250]["calldate"][:16].replace(" ", "%20")
        self.assertEqual(self.cdrs(pbx, window=f"startdate={day}&enddate="),
                         [row for row in rows if row["calldate"] >= rows[250]["calldate"][:16]])

    def test_recordings_come_as_a_tar(self):
        pbx = self.start(PbxApi(self.directory, "nexo"))
        self.log_in(pbx)
        paths = [row["Recording filename"] for row in self.cdrs(pbx) if row["Recording filename"]]
        listed = self.json(pbx, "/cgi/webserve/20053?&startdate=2000-01-01%2000:00&enddate=",
                           "-X", "POST", "-b", self.jar)["json_array_records"]
        self.assertEqual(sorted(row["path"] for row in listed), sorted(paths))
        wanted = urllib.parse.quote(";".join(paths[:2]))
        tar = self.curl(pbx, f"/cgi/webserve/20036?wavefiles={wanted}", "-b", self.jar)
        names = subprocess.run(["tar", "t"], input=tar, capture_output=True, check=True).stdout
        self.assertEqual(names.decode().split(), [path.split("/")[1] for path in paths[:2]])

    def test_sessions_end_and_faults_come_as_told(self):
        pbx = self.start(PbxApi(self.directory, "nexo"))
        self.assertEqual(self.log_in(pbx, "0" * 32)["LoginStatus"], "Failed")
        self.log_in(pbx)
        path = f"/cgi/webserve/9006?&startdate=&enddate=&{EVERYTHING}"
        pbx.tell("forget")
        self.assertIn(b"<form", self.curl(pbx, path, "-b", self.jar))
        self.log_in(pbx)
        for fault, code, failure in (("server-error", 500, 0), ("page", 200, 0),
                                     ("mistaken", 200, 0), ("cut", 200, 18), ("busy", 503, 0),
                                     ("empty", 200, 0), ("huge", 200, 18)):
            with self.subTest(fault=fault):
                pbx.tell(f"fault {fault}")
                self.curl(pbx, path, "-b", self.jar)
                self.assertEqual((self.code, self.failure), (code, failure))
        pbx.tell("fault cut-gzip")
        whole = self.curl(pbx, path, "-b", self.jar, "--compressed")
        self.assertLess(len(whole), len(self.curl(pbx, path, "-b", self.jar)))

    def test_the_table_grows_at_its_rate(self):
        pbx = self.start(PbxApi(self.directory, "nexo", "--cdrs", "0", "--rate", "50", "--plain"))
        harness.wait_until("calls end", lambda: pbx.state()["cdrs"] >= 100)
        self.log_in(pbx)
        known = {(row["key"], row["start"]) for row in pbx.truth()}
        self.assertGreaterEqual(len(self.cdrs(pbx)), len(known))


class Grandstream(PlayedApi):
    def ask(self, pbx, query, path="/cdrapi"):
        return self.curl(pbx, f"{path}?{query}" if query else path, "--digest", "-u",
                         "admin:secret", "-g")

    def rows(self, pbx, query):
        return json.loads(self.ask(pbx, "format=JSON&" + query))["cdr_root"]

    def test_pages_groups_and_formats(self):
        pbx = self.start(PbxApi(self.directory, "grandstream", "--cdrs", "450"))
        pages = [self.rows(pbx, f"numRecords=200&offset={offset}") for offset in (0, 200, 400)]
        self.assertEqual([len(page) for page in pages], [200, 200, 50])
        rows = sum(pages, [])
        truth = {row["key"]: row for row in pbx.truth()}
        self.assertEqual({row["cdr"] for row in rows}, set(truth))
        for row in rows:
            legs = sum(name.startswith("sub_cdr_") for name in row)
            self.assertEqual(legs or 1, truth[row["cdr"]]["legs"])
        self.assertGreater(max(truth[row["cdr"]]["legs"] for row in rows), 4)
        lines = self.ask(pbx, "").decode().splitlines()
        self.assertTrue(lines[0].startswith("AcctId,accountcode,src,dst,"))
        self.assertEqual(len(lines), 451)
        self.assertEqual(self.ask(pbx, "format=XML").decode().count("<main_cdr>"), 450)

    def test_mistakes_give_an_empty_container_or_the_header(self):
        pbx = self.start(PbxApi(self.directory, "grandstream"))
        for query in ("caller=", "caller=5300,,5303", "unknown=1", "numRecords=1&numRecords=2",
                      "caller=5300-5301-", "minDur=x", "startTime=2013-07-01T00:00:00+02:00"):
            with self.subTest(query=query):
                self.assertEqual(self.rows(pbx, query), [])
        self.assertEqual(self.ask(pbx, "format=yaml").decode().count("\n"), 1)
        self.assertTrue(self.rows(pbx, "startTime=2013-07-01T00:00:00%2B02:00"))
        self.curl(pbx, "/cdrapi", "--digest", "-u", "admin:wrong")
        self.assertEqual(self.code, 401)
        pbx.tell("forget")
        self.assertTrue(self.rows(pbx, "caller=@"))

    def test_callers_are_filtered_by_list_range_and_pattern(self):
        pbx = self.start(PbxApi(self.directory, "grandstream", "--cdrs", "300"))
        callers = [row.get("src") or row["main_cdr"]["src"] for row in self.rows(pbx, "offset=0")]
        one = next(number for number in callers if len(number) == 3)
        for query, wanted in ((f"caller={one}", lambda n: n == one),
                              ("caller=240-250,@5", lambda n: n.endswith("5") or 240 <= int(n) <= 250),
                              ("caller=25_", lambda n: len(n) == 3 and n.startswith("25")),
                              ("caller=250&caller=251", lambda n: n in ("250", "251"))):
            with self.subTest(query=query):
                found = [row.get("src") or row["main_cdr"]["src"] for row in self.rows(pbx, query)]
                self.assertEqual(found, [number for number in callers if wanted(number)])
                self.assertTrue(found)

    def test_recordings_alone_in_a_tar_or_not_at_all(self):
        pbx = self.start(PbxApi(self.directory, "grandstream"))
        files = [name for row in pbx.truth() for name in row["recording"].split("@") if name]
        self.assertIn(b"monitor\n", self.ask(pbx, "", "/recapi"))
        listed = self.ask(pbx, "filedir=monitor", "/recapi").decode().split()
        self.assertEqual(sorted(listed), sorted(files))
        self.assertTrue(self.ask(pbx, f"filename={files[0]}", "/recapi").startswith(b"RIFF"))
        tar = self.ask(pbx, f"filedir=monitor&filename={files[0]}@{files[1]}", "/recapi")
        names = subprocess.run(["tar", "t"], input=tar, capture_output=True, check=True).stdout
        self.assertEqual(names.decode().split(), files[:2])
        self.ask(pbx, "filename=auto-1-1-1.wav", "/recapi")
        self.assertEqual(self.code, 404)


class Voipmonitor(PlayedApi):
    def session(self, pbx):
        told = self.json(pbx, "/php/model/sql.php?module=bypass_login&user=admin&pass=secret",
                         "-X", "POST")
        self.assertTrue(told["success"])
        return f"{told['cookie_name']}={told['SID']}"

    def call(self, pbx, task, params):
        return self.json(pbx, "/php/api.php", "--data-urlencode", f"task={task}",
                         "--data-urlencode", "user=admin", "--data-urlencode", "password=secret",
                         "--data-urlencode", "params=" + json.dumps(params))

    def test_the_listing_has_pages_and_asks_for_a_session(self):
        pbx = self.start(PbxApi(self.directory, "voipmonitor", "--cdrs", "70"))
        listing = "/php/model/sql.php?task=LISTING&module=CDR&fdatefrom=2000-01-01T00:00:00"
        self.assertFalse(self.json(pbx, listing)["success"])
        cookie = self.session(pbx)
        pages = [self.json(pbx, f"{listing}&start={start}&limit=30", "--cookie", cookie)
                 for start in (0, 30, 60)]
        self.assertEqual([len(page["results"]) for page in pages], [30, 30, 10])
        self.assertEqual({page["total"] for page in pages}, {"70"})
        self.assertEqual({row["ID"] for page in pages for row in page["results"]},
                         {row["key"] for row in pbx.truth()})
        self.assertEqual(self.json(pbx, listing + "&suppress_results=1", "--cookie", cookie),
                         {"total": "70"})

    def test_the_api_lists_by_number_and_what_goes_on(self):
        pbx = self.start(PbxApi(self.directory, "voipmonitor", "--rate", "1"))
        rows = self.call(pbx, "listCdrIds", {"offset": "41", "size": 20})
        self.assertEqual([row["cdrId"] for row in rows], list(range(41, 61)))
        active = self.call(pbx, "listActiveCalls", {"sensorId": "1"})
        self.assertTrue(active)
        self.assertIn("callreference", active[0])
        self.assertFalse(self.call(pbx, "getVoiceRecording", {"cdrId": 99999})["success"])
        self.assertTrue(self.call(pbx, "getVoipCalls", {"startTime": "2013-01-01"})["cdr"])
        licence = "/php/apilicensecheck.php?task=licenseCheck"
        self.assertEqual(self.json(pbx, licence), {"status": 0, "message": "License OK."})


class Fiberme(PlayedApi):
    def log_in(self, pbx, password="secret"):
        body = json.dumps({"username": "admin", "password": password})
        self.token = self.json(pbx, "/pbx/auth/login", "-d", body)["data"]

    def post(self, pbx, path, **asked):
        return self.json(pbx, path, "-H", f"Authorization: {self.token}", "-d", json.dumps(asked))

    def log(self, pbx, kind="calllog", **asked):
        return self.post(pbx, f"/pbx/call-log/search-{kind}-page", **{
            "from": "2000-01-01", "to": "2100-01-01", "type": "all", "status": "all", "page": 1,
            "pageSize": 20, **asked})["data"]

    def test_the_log_its_pages_and_its_token(self):
        pbx = self.start(PbxApi(self.directory, "fiberme", "--cdrs", "50"))
        self.log_in(pbx, "wrong")
        self.assertEqual((self.code, self.token), (400, ""))
        self.log_in(pbx)
        pages = [self.log(pbx, page=page) for page in (1, 2, 3)]
        self.assertEqual([len(page["items"]) for page in pages], [20, 20, 10])
        self.assertEqual({str(row["id"]) for page in pages for row in page["items"]},
                         {row["key"] for row in pbx.truth()})
        pbx.tell("forget")
        self.post(pbx, "/pbx/call-log/search-calllog-page")
        self.assertEqual(self.code, 401)

    def test_recordings_of_three_kinds_are_played(self):
        pbx = self.start(PbxApi(self.directory, "fiberme", "--cdrs", "200"))
        self.log_in(pbx)
        kinds = ("general-recording", "conference-recording", "onetouch-recording")
        found = [self.log(pbx, kind, pageSize=1000)["items"] for kind in kinds]
        self.assertEqual(sum(map(len, found)), sum(row["recording"] != "" for row in pbx.truth()))
        token = self.token.removeprefix("Bearer ")
        for items in found:
            played = self.curl(pbx, f"{items[0]['playUrl']}?token={token}")
            self.assertTrue(played.startswith(b"RIFF"))

    def test_what_goes_on_and_how_the_system_is(self):
        pbx = self.start(PbxApi(self.directory, "fiberme", "--rate", "1"))
        self.log_in(pbx)
        for what in ("calls", "cpu", "mem", "disk", "version", "extension-status", "trunk-info",
                     "trunk-status", "system-current-time"):
            told = self.json(pbx, f"/pbx/systeminfo/{what}", "-H", f"Authorization: {self.token}")
            self.assertEqual((told["code"], told["message"]), (0, "OK"), what)


if __name__ == "__main__":
    harness.main()
