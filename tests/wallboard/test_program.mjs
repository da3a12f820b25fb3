// The wallboard as the program serves it: a played PBX, callstream, and the page in a browser.

import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {once} from "node:events";
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, test} from "node:test";

import {closeBrowser, eventually, openBrowser, openPage, text} from "./stage.mjs";

const build = process.env.WALLBOARD_BUILD;
const token = "t0ken";

before(openBrowser);
after(closeBrowser);

async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const {port} = server.address();
    server.close();
    return port;
}

// A program that ends with the test.
function run(test, command, ...words) {
    const started = spawn(join(build, command), words, {stdio: ["ignore", "pipe", "pipe"]});
    started.said = "";
    for (const stream of [started.stdout, started.stderr])
        stream.on("data", (bytes) => { started.said += bytes; });
    test.after(async () => {
        if (started.exitCode === null && started.kill("SIGKILL")) await once(started, "exit");
    });
    return started;
}

async function begin(test) {
    const directory = mkdtempSync(join(tmpdir(), "callstream-wallboard-"));
    test.after(() => rmSync(directory, {recursive: true}));
    const sim = run(test, "bench/callstream-sim", "--listen", "127.0.0.1:0", "--rate", "3",
                    "--seed", "7", "--summary", join(directory, "sim.json"));
    const [, pbx] = await eventually("the PBX listens", () => /listening .*:(\d+)/.exec(sim.said));
    const port = await freePort();
    const config = join(directory, "callstream.toml");
    writeFileSync(config, `
[journal]
path = "${directory}/journal"
[pbx.hq]
family = "asterisk"
ami = { address = "127.0.0.1:${pbx}", username = "callstream", secret = "callstream", backoff_first = "100ms", backoff_longest = "500ms" }
[web]
listen = "127.0.0.1:${port}"
tokens = ["${token}"]
[sink.kept]
file = { path = "${directory}/events.ndjson" }
`);
    return {sim, url: `http://127.0.0.1:${port}/`,
            start: () => run(test, "app/callstream", "run", "--config", config)};
}

const headers = {Authorization: `Bearer ${token}`};

test("a played PBX's calls are on the wall, and are those of /api/state", async (t) => {
    const {sim, url, start} = await begin(t);
    const callstream = start();
    await eventually("callstream listens", () => fetch(url).then(() => true, () => false));
    const page = await openPage(t, `${url}#token=${token}`, url);
    await page.locator(".call").first().waitFor();
    await eventually("a queue", () => page.locator("#queue-rows tr").count());
    await eventually("agents", () => page.locator(".agent").count(), (n) => n === 3);
    // A sink is told of when it is looked at next, and not before.
    await eventually("the source", () => text(page, "#source-rows"),
                     (said) => /hq\s+ami connected/.test(said));
    await eventually("the sink", () => text(page, "#sink-rows"),
                     (said) => /kept\s+file up to date/.test(said));
    // The same calls, once both are of one moment: then no call comes or goes between two looks.
    await eventually("the page shows the state", async () => {
        const keys = async () => (await (await fetch(`${url}api/state`, {headers})).json()).call
            .map((call) => call.calling?.name ?? call.calling?.number ?? "unknown").sort();
        const earlier = await keys();
        const names = (await page.locator(".call .from .name").evaluateAll(
            (nodes) => nodes.map((node) => node.textContent))).sort();
        const later = await keys();
        return {earlier, names, later};
    }, ({earlier, names, later}) => names.length > 0 && `${earlier}` === `${names}` &&
                                    `${later}` === `${names}`);

    // callstream restarts: the page says so and goes on.
    callstream.kill("SIGTERM");
    await once(callstream, "exit");
    await page.locator("#link").waitFor();
    assert.match(await text(page, "#link"), /Connection lost since/);
    start();
    await page.locator("#link").waitFor({state: "hidden"});
    await page.locator(".call").first().waitFor();

    // The PBX goes away: it is seen, and what is known of it is marked as old.
    sim.kill("SIGKILL");
    await page.getByText("PBX hq is not seen").waitFor();
    await page.locator("#call-rows [data-stale]").first().waitFor();
});

test("the page comes with its policy and an ETag, and its state only with the token", async (t) => {
    const {url, start} = await begin(t);
    start();
    await eventually("callstream listens", () => fetch(url).then(() => true, () => false));
    const page = await fetch(url);
    assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
    assert.equal(await page.text(), readFileSync(new URL("../../sinks/web/wallboard.html",
                                                         import.meta.url), "utf8"));
    const again = await fetch(url, {headers: {"If-None-Match": page.headers.get("etag")}});
    assert.equal(again.status, 304);
    assert.equal((await fetch(`${url}api/state`)).status, 401);
    assert.equal((await fetch(`${url}api/state`, {headers})).status, 200);
    assert.equal((await fetch(`${url}nothing.js`, {headers})).status, 404);
});
