"""Dashboards, alerts, container and Kubernetes files, as far as they can be tried without what they
are for: read by the tools that are here, and compared with the program. No image is built here."""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

import yaml

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from harness import CALLSTREAM, ROOT  # noqa: E402

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus/callstream.rules.yaml"
DASHBOARD = DEPLOY / "grafana/callstream.json"
SUFFIXES = ("_bucket", "_sum", "_count")


def metrics():
    """Name -> kind and labels, from the program."""
    page = subprocess.run([CALLSTREAM, "reference", "metrics"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return {name: (kind, set(filter(None, labels.split(","))))
            for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w,]*) \|", page,
                                                 re.MULTILINE)}


def used(expression):
    return set(re.findall(r"\bcallstream_\w+", expression))


def checked(toml, directory, **environment):
    path = directory / "callstream.toml"
    path.write_text(toml)
    return subprocess.run([CALLSTREAM, "check", "-c", path], env=environment, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class MetricsFiles(unittest.TestCase):
    def check_names(self, where, expression):
        known = metrics()
        for name in used(expression):
            base = name
            for suffix in SUFFIXES:
                if name not in known and name.endswith(suffix):
                    base = name[:-len(suffix)]
                    self.assertEqual(known.get(base, ("",))[0], "histogram", f"{where}: {name}")
            self.assertIn(base, known, f"{where}: {name} is no metric")

    def test_alerts_name_metrics_that_exist(self):
        for group in yaml.safe_load(RULES.read_text())["groups"]:
            for rule in group["rules"]:
                self.check_names(rule["alert"], rule["expr"])
                self.assertTrue(rule["annotations"]["action"], rule["alert"])

    def test_labels_of_alerts_exist(self):
        known = metrics()
        for group in yaml.safe_load(RULES.read_text())["groups"]:
            for rule in group["rules"]:
                labels = {"instance", "job"}
                for name in used(rule["expr"]):
                    labels |= known.get(name, ("", set()))[1]
                text = " ".join(rule["annotations"].values())
                for label in re.findall(r"\$labels\.(\w+)", text):
                    self.assertIn(label, labels, rule["alert"])

    def test_each_alert_is_explained(self):
        page = (ROOT / "docs/production.md").read_text()
        alerts = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"]
                  for rule in group["rules"]}
        self.assertEqual(alerts, set(re.findall(r"^\| `(Callstream\w+)` \|", page, re.MULTILINE)))

    def test_promtool_accepts_the_alerts(self):
        for what, path in (("rules", RULES),):
            done = subprocess.run(["promtool", "check", what, path], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 0, done.stdout)
        done = subprocess.run(["promtool", "check", "config", "--syntax-only",
                               DEPLOY / "prometheus/prometheus.yaml"], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_dashboard_names_metrics_that_exist(self):
        dashboard = json.loads(DASHBOARD.read_text())
        seen, places = set(), []
        for panel in dashboard["panels"]:
            grid = panel["gridPos"]
            self.assertLessEqual(grid["x"] + grid["w"], 24, panel["title"])
            places.append((grid["x"], grid["y"], grid["w"], grid["h"]))
            for target in panel["targets"]:
                self.check_names(panel["title"], target["expr"])
                seen |= used(target["expr"])
        for i, (x, y, w, h) in enumerate(places):
            for other_x, other_y, other_w, other_h in places[i + 1:]:
                self.assertFalse(x < other_x + other_w and other_x < x + w
                                 and y < other_y + other_h and other_y < y + h, "panels overlap")
        self.assertGreater(len(seen), 15)
        self.assertEqual(len({panel["id"] for panel in dashboard["panels"]}),
                         len(dashboard["panels"]))


class ContainerFiles(unittest.TestCase):
    def setUp(self):
        import tempfile
        made = tempfile.TemporaryDirectory(prefix="callstream-test-")
        self.addCleanup(made.cleanup)
        self.directory = pathlib.Path(made.name)

    def test_yaml_is_tidy(self):
        files = [str(path) for path in DEPLOY.rglob("*.yaml")]
        options = "{extends: relaxed, rules: {line-length: {max: 180}}}"
        done = subprocess.run(["yamllint", "--strict", "-d", options, *files], text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_dockerfile_builds_what_exists_and_runs_as_nobody(self):
        text = (DEPLOY / "container/Dockerfile").read_text()
        lines = [line for line in re.sub(r"\\\n", " ", text).splitlines()
                 if line.strip() and not line.startswith("#")]
        allowed = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL",
                   "ENTRYPOINT", "CMD", "HEALTHCHECK"}
        for line in lines:
            self.assertIn(line.split()[0], allowed, line)
        last_stage = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM")):]
        self.assertNotIn("root", next(line for line in last_stage if line.startswith("USER")))
        for line in lines:
            if line.startswith("COPY") and "--from" not in line:
                for source in line.split()[1:-1]:
                    self.assertTrue((ROOT / source).exists(), source)
            for form in ("ENTRYPOINT", "CMD"):
                if line.startswith(form):
                    self.assertTrue(json.loads(line[len(form):]))
            if line.startswith("RUN"):
                shell = re.sub(r"^RUN (--\S+ +)*", "", line)
                done = subprocess.run(["bash", "-n", "-c", shell], stderr=subprocess.PIPE,
                                      text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(shlex.split(shell))
        targets = re.search(r"--target ([\w ]+)", text)[1].split()
        cmake = (ROOT / "app/CMakeLists.txt").read_text() + (
            ROOT / "cmake/package.cmake").read_text()
        for target in targets:
            self.assertRegex(cmake, rf"(add_executable|add_custom_target)\({target}\b")

    def test_compose_fits_together(self):
        compose = yaml.safe_load((DEPLOY / "container/compose.yaml").read_text())
        services = compose["services"]
        for name, service in services.items():
            self.assertTrue("image" in service or "build" in service, name)
            for other in service.get("depends_on", {}):
                self.assertIn("healthcheck", services[other])
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                self.assertTrue(source in compose["volumes"]
                                or (DEPLOY / "container" / source).exists(), volume)
        toml = (DEPLOY / "container/callstream.toml").read_text()
        done = checked(toml, self.directory, HQ_AMI="x")
        self.assertEqual(done.returncode, 0, done.stdout)
        for host in re.findall(r'brokers = "(\w+):|redis://(\w+):', toml):
            self.assertIn(host[0] or host[1], services)

    def test_kubernetes_objects_fit_together(self):
        objects = {each["kind"]: each for each in yaml.safe_load_all(
            (DEPLOY / "kubernetes/callstream.yaml").read_text())}
        self.assertEqual(set(objects), {"Secret", "ConfigMap", "Service", "StatefulSet"})
        spec = objects["StatefulSet"]["spec"]
        pod = spec["template"]["spec"]
        container = pod["containers"][0]
        self.assertEqual(spec["replicas"], 1)
        self.assertEqual(spec["selector"]["matchLabels"],
                         spec["template"]["metadata"]["labels"])
        self.assertEqual(objects["Service"]["spec"]["selector"],
                         spec["selector"]["matchLabels"])
        ports = {port["name"] for port in container["ports"]}
        for port in objects["Service"]["spec"]["ports"]:
            self.assertIn(port["targetPort"], ports)
        volumes = {volume["name"] for volume in pod["volumes"]} | {
            claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]}
        self.assertEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            self.assertIn(container[probe]["httpGet"]["path"], ("/livez", "/readyz"))
        secrets = objects["Secret"]["stringData"]
        toml = objects["ConfigMap"]["data"]["callstream.toml"]
        self.assertEqual(set(re.findall(r'env = "(\w+)"', toml)), set(secrets))
        done = checked(toml, self.directory, **secrets)
        self.assertEqual(done.returncode, 0, done.stdout)
        dockerfile = (DEPLOY / "container/Dockerfile").read_text()
        self.assertIn(f"USER {pod['securityContext']['runAsUser']}:", dockerfile)

    def test_the_sample_configuration_is_right_once_uncommented(self):
        toml = (DEPLOY / "callstream.toml").read_text()
        words = re.sub(r"^# (?=\[(?:pbx|sink|http|web)|family|timezone|ami|listen|push|redis|kafka"
                       r"|file|fsync|retention|format|tokens)", "", toml, flags=re.MULTILINE)
        self.assertNotEqual(words, toml)
        done = checked(words, self.directory, HQ_AMI="x", PUSH_TOKEN="y", WEB_TOKEN="z")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(re.findall(r"^(pbx|sink) ", done.stdout, re.MULTILINE)), 5)


if __name__ == "__main__":
    unittest.main()
