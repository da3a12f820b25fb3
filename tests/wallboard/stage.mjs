// What the page's tests stand on: a browser, the fake server, and pages that complain.

import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {join} from "node:path";

import {FakeServer} from "./fake_server.mjs";
import {Scene} from "./scene.mjs";

const modules = createRequire(join(process.env.WALLBOARD_MODULES, "package.json"));
const {chromium} = modules("playwright-core");
const axe = readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");

export const patienceMs = 30_000;

export const scenes = {
    normal: () => new Scene(),
    empty: () => new Scene({calls: 0, agents: 0, queues: 0, waiting: 0}),
    many: () => new Scene({calls: 500, agents: 60, queues: 5, waiting: 30, pbxs: ["hq", "branch"]}),
    trouble() {
        const scene = new Scene({pbxs: ["hq", "branch", "lab"], calls: 30});
        scene.set("source", "branch", {state: "disconnected", since: scene.ago(412),
                                       reason: "connection refused"});
        scene.set("source", "lab", {state: "resyncing", since: scene.ago(2), gap: {
            from: scene.ago(1500), to: scene.ago(1300), missing_count: 14}});
        scene.set("sink", "bus", {connected: false, lag_events: 12934, lag_seconds: 301,
                                  since: scene.ago(301)});
        scene.set("trunk", "hq:gsm-1", {status: "Unreachable", reason: "no answer"});
        return scene;
    },
};

let browser;

export async function openBrowser() {
    browser = await chromium.launch({
        executablePath: process.env.WALLBOARD_CHROMIUM,
        args: process.getuid() === 0 ? ["--no-sandbox"] : [],
    });
}

export const closeBrowser = () => browser.close();

// A page that ends with the test. What its console says that is no fault of a lost connection fails
// the test, and so does a request for anything but what stands below `home`.
export async function openPage(test, url, home, {clock = false, ...options} = {}) {
    const context = await browser.newContext({
        viewport: {width: 1920, height: 1080}, timezoneId: "Europe/Berlin", locale: "en-GB",
        colorScheme: "light", ...options});
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    const complaints = [];
    page.on("console", (said) => {
        if (said.type() === "error" && !/ERR_|status of (40[13]|503)/.test(said.text()))
            complaints.push(said.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
        if (!request.url().startsWith(home) && !request.url().startsWith("data:"))
            complaints.push(`asks for ${request.url()}`);
    });
    test.after(async () => {
        await context.close();
        assert.deepEqual(complaints, []);
    });
    if (clock) await page.clock.install();
    await page.goto(url);
    return page;
}

// The fake server and a page on it; both end with the test.
export async function stage(test, scene, {hash = "", token = null, wait = ".state-chip",
                                          width = 1920, height = 1080, ...options} = {}) {
    const server = await new FakeServer(scene, {token}).start();
    test.after(() => server.stop());
    const page = await openPage(test, server.url + hash, server.url,
                                {viewport: {width, height}, ...options});
    if (wait) await page.waitForSelector(wait);
    return {server, page, scene};
}

// Waits until what `look` finds on the page satisfies `holds`.
export async function eventually(what, look, holds = Boolean) {
    const deadline = Date.now() + patienceMs;
    for (;;) {
        const seen = await look();
        if (holds(seen)) return seen;
        assert.ok(Date.now() < deadline, `${what}; seen last: ${JSON.stringify(seen)}`);
        await new Promise((done) => setTimeout(done, 25));
    }
}

export const text = (page, selector) => page.locator(selector).first().innerText();

export async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}));
    return found.violations.flatMap((each) => each.nodes.map((node) =>
        `${each.id}: ${node.target} ${node.failureSummary.split("\n")[1] ?? ""}`));
}
