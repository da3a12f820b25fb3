// The wallboard page in a real browser, against a made-up live state.

import assert from "node:assert/strict";
import {after, before, test} from "node:test";

import {closeBrowser, eventually, openBrowser, scenes, stage, text, violations}
    from "./stage.mjs";
import {Scene} from "./scene.mjs";

before(openBrowser);
after(closeBrowser);

const figure = (page, label) =>
    page.locator(".figure", {has: page.getByText(label, {exact: true})}).locator(".big").innerText();
const seconds = (words) =>
    words.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
const rowOf = (page, number) => page.locator(".call", {hasText: number});

test("the state appears: figures, queues, calls, agents, trunks, health", async (t) => {
    const {page} = await stage(t, scenes.normal());
    assert.equal(await figure(page, "Calls now"), "23");
    assert.equal(await figure(page, "Waiting"), "5");
    assert.equal(await page.locator(".call").count(), 23);
    assert.equal(await page.locator("#queue-rows tr").count(), 4);
    assert.equal(await page.locator(".agent").count(), 14);
    assert.equal(await page.locator(".trunk").count(), 3);
    assert.match(await text(page, "#source-rows"), /hq\s+ami connected/);
    assert.match(await text(page, "#sink-rows"), /live\s+redis up to date/);
    assert.match(await page.title(), /^23 calls, 5 waiting/);
    assert.equal(await page.locator("#board[aria-busy]").count(), 0);
    // Who waits longest stands first.
    const states = await page.locator(".call .state").allInnerTexts();
    assert.deepEqual(states.slice(0, 5), Array(5).fill("waiting"));
    const waits = (await page.locator(".call .timer").allInnerTexts()).slice(0, 5).map(seconds);
    assert.deepEqual(waits, [...waits].sort((a, b) => b - a));
});

test("timers count by the server's clock, whatever the screen's says", async (t) => {
    const {page} = await stage(t, scenes.normal());  // whose day is not today
    assert.match(await text(page, "#clock"), /^11:2[45]:\d\d$/);
    const first = seconds(await figure(page, "Longest wait"));
    assert.ok(first >= 80 && first < 120, `${first}`);
    await eventually("the longest wait counts", () => figure(page, "Longest wait"),
                     (words) => seconds(words) > first);
});

test("a call is followed from ringing to its end, in one row", async (t) => {
    const {page, server, scene} = await stage(t, scenes.normal());
    const key = scene.makeCall("hq", "ringing");
    scene.set("call", key, {calling: {number: "+49301234567", name: "New Caller", device: null}});
    server.tell();
    const row = rowOf(page, "New Caller");
    await row.waitFor();
    assert.match(await row.innerText(), /ringing/);
    await row.evaluate((node) => { globalThis.kept = node; });
    scene.set("call", key, {state: "connected", answered_at: scene.ago(0),
                            state_since: scene.ago(0)});
    server.tell();
    await eventually("it talks", () => row.innerText(), (words) => /talking/.test(words));
    assert.ok(await row.evaluate((node) => node === globalThis.kept), "the row was made anew");
    scene.remove("call", key);
    server.tell();
    await row.waitFor({state: "detached"});
    assert.equal(await figure(page, "Calls now"), "23");
});

test("a lost connection is said, the board stands still, and goes on by itself", async (t) => {
    const {page, server, scene} = await stage(t, scenes.normal());
    await server.stop();
    await page.locator("#link").waitFor();
    assert.match(await text(page, "#link"), /Connection lost since 11:2\d:\d\d\./);
    const frozen = await page.locator(".call .timer").allInnerTexts();
    const clock = await text(page, "#clock");
    await eventually("two seconds pass", () => text(page, "#clock"), (now) =>
        seconds(now) >= seconds(clock) + 2);
    assert.deepEqual(await page.locator(".call .timer").allInnerTexts(), frozen);
    const key = scene.makeCall("hq", "ringing");
    scene.set("call", key, {calling: {number: "1", name: "Meanwhile Called", device: null}});
    await server.restart();
    await rowOf(page, "Meanwhile Called").waitFor();
    await page.locator("#link").waitFor({state: "hidden"});
    assert.equal(await page.locator(".call").count(), 24);
});

test("a connection that dies without a word is noticed", async (t) => {
    const {page, server} = await stage(t, scenes.normal(), {clock: true});
    await eventually("the board is live", () => page.locator("body").getAttribute("data-link"),
                     (link) => link === "live");
    server.refusal = 503;
    await page.clock.fastForward(41_000);
    await eventually("it is said", () => text(page, "#link"), (words) =>
        /fell silent|takes no more/.test(words));
    server.refusal = null;
    await page.clock.fastForward(20_000);
    await page.locator("#link").waitFor({state: "hidden"});
});

test("a server that is not there yet is waited for", async (t) => {
    const {page, server} = await stage(t, scenes.normal());
    server.refusal = 503;
    await page.reload();
    await page.getByRole("heading", {name: "Not connected"}).waitFor();
    assert.equal(await page.locator("main").isVisible(), false);
    server.refusal = null;
    await page.locator(".call").first().waitFor();
    assert.equal(await page.locator("#notice").isVisible(), false);
});

test("without its token the board says what is missing; the token is in no address", async (t) => {
    const {page, server} = await stage(t, scenes.normal(), {token: "s3cret", wait: null});
    await page.getByRole("heading", {name: "Not let in"}).waitFor();
    assert.match(await text(page, "#notice"), /#token=/);
    await page.goto(`${server.url}#token=s3cret`);
    await page.reload();
    await page.locator(".call").first().waitFor();
    assert.ok(!server.requests.some((request) => request.url.includes("s3cret")));
});

test("filters choose a PBX, a queue and what is typed, and stand in the address", async (t) => {
    const {page} = await stage(t, new Scene({pbxs: ["hq", "branch"], calls: 40, waiting: 8}));
    const all = await page.locator(".call").count();
    await page.selectOption("#pbx", "branch");
    await eventually("fewer calls", () => page.locator(".call").count(), (count) => count < all);
    assert.equal(await figure(page, "Calls now"), String(await page.locator(".call").count()));
    assert.equal(await page.locator("#queue-rows tr").count(), 4);
    await page.selectOption("#queue", "support");
    await eventually("one queue", () => page.locator("#queue-rows tr").count(), (n) => n === 1);
    assert.match(page.url(), /#pbx=branch&queue=support$/);
    await page.keyboard.press("Escape");
    await eventually("all again", () => page.locator(".call").count(), (n) => n === all);
    await page.fill("#find", "alice");
    await eventually("agents of that name", () => page.locator(".agent").count(), (n) => n === 2);
    assert.match(await text(page, "#calls-count"), /of 40/);
    assert.equal(await figure(page, "Calls now"), "40");  // figures are of all
    await page.fill("#find", "nobody is called so");
    await page.getByText("No call matches what you look for.").waitFor();
    await page.reload();
    await page.getByText("No call matches what you look for.").waitFor();
});

test("keys work, but not while typing, and can be turned off", async (t) => {
    const {page} = await stage(t, new Scene({pbxs: ["hq", "branch"]}));
    const theme = () => page.locator("html").getAttribute("data-theme");
    await page.keyboard.press("d");
    assert.equal(await theme(), "dark");
    assert.match(page.url(), /theme=dark/);
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "find");
    await page.keyboard.type("d?pq");
    assert.equal(await theme(), "dark");
    assert.equal(await page.inputValue("#find"), "d?pq");
    await page.keyboard.press("Escape");
    assert.equal(await page.inputValue("#find"), "");
    await page.keyboard.press("p");
    assert.equal(await page.inputValue("#pbx"), "branch");
    await page.keyboard.press("q");
    assert.equal(await page.inputValue("#queue"), "billing");
    await page.keyboard.press("?");
    await page.getByRole("dialog", {name: "Keys"}).waitFor();
    await page.getByLabel("keys are on").uncheck();
    await page.keyboard.press("Escape");
    await page.keyboard.press("d");
    assert.equal(await theme(), "dark");
    assert.match(page.url(), /keys=off/);
});

test("everything can be reached by Tab, and shows where the focus is", async (t) => {
    const {page} = await stage(t, scenes.normal());
    const seen = [];
    for (let index = 0; index < 12; ++index) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
            const node = document.activeElement;
            const style = getComputedStyle(node);
            return {what: node.id || node.className || node.tagName,
                    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 1};
        });
        if (at.what === "BODY") break;
        assert.ok(at.outlined, `${at.what} does not show its focus`);
        seen.push(at.what);
    }
    for (const wanted of ["skip", "queue", "find", "theme", "help", "scroll"])
        assert.ok(seen.includes(wanted), `${wanted} is not reached: ${seen}`);
});

test("a PBX out of sight, a gap, and a sink that is away are seen", async (t) => {
    const {page, server, scene} = await stage(t, scenes.trouble());
    const alerts = await text(page, "#alerts");
    assert.match(alerts, /PBX branch is not seen since 11:17:45: connection refused/);
    assert.match(alerts, /Sink bus \(kafka\) is away since 11:19:36/);
    assert.match(await text(page, "#sink-rows"), /12,934 events wait/);
    assert.match(await text(page, "#source-rows"),
                 /gap 10:59:37–11:02:57, 14 events missing/);
    assert.equal(await page.locator("#rate-gaps rect").count(), 2);
    assert.ok(await page.locator("#call-rows [data-stale]").count() > 0);
    assert.match(await text(page, ".trunk"), /gsm-1\s+Unreachable/);
    scene.set("source", "branch", {state: "connected", since: scene.ago(0), reason: null});
    scene.set("sink", "bus", {connected: true, lag_events: 0, lag_seconds: 0});
    server.tell();
    await eventually("all is well", () => page.locator("#alerts li").count(), (n) => n === 0);
    assert.equal(await page.locator("[data-stale]").count(), 0);
    assert.equal(await page.locator("#rate-gaps rect").count(), 1);
});

test("an empty board says so", async (t) => {
    const {page} = await stage(t, scenes.empty());
    await page.getByText("No calls at the moment.").waitFor();
    await page.getByText("No queues.").waitFor();
    await page.getByText("No agents are logged on.").waitFor();
    assert.equal(await figure(page, "Longest wait"), "–");
});

test("500 calls: a change touches its row, a second touches timers, a burst few frames", async (t) => {
    const {page, server, scene} = await stage(t, scenes.many());
    assert.equal(await page.locator(".call").count(), 500);
    await page.evaluate(() => {
        globalThis.seen = {added: 0, texts: 0, attributes: 0, batches: 0};
        new MutationObserver((records) => {
            seen.batches += 1;
            for (const each of records) {
                seen.added += each.addedNodes.length;
                seen.texts += each.type === "characterData";
                seen.attributes += each.type === "attributes";
            }
        }).observe(document.getElementById("call-rows"),
                   {subtree: true, childList: true, characterData: true, attributes: true});
    });
    const take = () => page.evaluate(() => {
        const was = {...seen};
        Object.assign(seen, {added: 0, texts: 0, attributes: 0, batches: 0});
        return was;
    });
    // A second: no row is made or moved, at most a text for each.
    await eventually("a second passes", () => page.evaluate(() => seen.batches), (n) => n > 0);
    const second = await take();
    assert.equal(second.added, 0);
    assert.equal(second.attributes, 0);
    assert.ok(second.texts <= 500 * second.batches, JSON.stringify(second));
    // One call answers: its row moves, nothing else but timers is written.
    const {key} = scene.all("call").find((each) => each.value.state === "ringing");
    scene.set("call", key, {calling: {number: "1", name: "Only One", device: null},
                            state: "connected", answered_at: scene.ago(0),
                            state_since: scene.ago(0)});
    server.tell();
    await eventually("it talks", () => rowOf(page, "Only One").textContent(),
                     (words) => /talking/.test(words));
    const one = await take();
    assert.ok(one.added <= 1, JSON.stringify(one));
    assert.ok(one.attributes <= 4, JSON.stringify(one));
    // 2,000 changes in 200 messages: what is drawn grows with time, not with messages.
    const frames = page.evaluate(() => new Promise((done) => {
        const spans = [];
        let last = performance.now();
        const look = (now) => {
            spans.push(now - last);
            last = now;
            if (spans.length < 120) requestAnimationFrame(look);
            else done(spans.sort((a, b) => a - b));
        };
        requestAnimationFrame(look);
    }));
    const began = Date.now();
    for (let message = 0; message < 200; ++message) {
        for (let index = 0; index < 10; ++index) scene.step();
        server.tell();
    }
    const last = scene.makeCall("hq", "ringing");
    scene.set("call", last, {calling: {number: "1", name: "Last One", device: null}});
    server.tell();
    await rowOf(page, "Last One").waitFor();
    const burst = await take();
    const lasted = Date.now() - began;
    const renders = Math.ceil(lasted / 200) + Math.ceil(lasted / 1000) + 2;
    assert.ok(burst.batches <= renders, `${burst.batches} batches in ${lasted} ms`);
    assert.equal(await page.locator(".call").count(), scene.all("call").length);
    const spans = await frames;
    t.diagnostic(`frames while 2,000 changes came: median ${spans[60].toFixed(1)} ms, `
        + `95 % ${spans[114].toFixed(1)} ms, longest ${spans[119].toFixed(1)} ms; `
        + `${burst.batches} batches, ${burst.added} rows made or moved`);
});

test("nothing moves for who wants no motion", async (t) => {
    const {page} = await stage(t, scenes.normal(), {reducedMotion: "reduce"});
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});

test("the words and the cutter of events", async (t) => {
    const {page} = await stage(t, scenes.empty());
    const said = await page.evaluate(async () => {
        const {duration} = await import("/board_words.js");
        const {EventCutter} = await import("/board_stream.js");
        const stream = ": hi\r\nid: 7\r\nevent: change\r\ndata: a\r\ndata: b\r\n\r\ndata:c\n\n";
        const cuts = [];
        for (let at = 0; at <= stream.length; ++at) {
            const events = [];
            const cutter = new EventCutter((event) => events.push(`${event.type}=${event.data}`));
            cutter.feed(stream.slice(0, at));
            cutter.feed(stream.slice(at));
            cuts.push(events.join("|"));
        }
        return {cuts: [...new Set(cuts)],
                durations: [-5, 7_000, 760_000, 3_723_000, 274_000_000].map(duration)};
    });
    assert.deepEqual(said.cuts, ["change=a\nb|message=c"]);
    assert.deepEqual(said.durations, ["0:00", "0:07", "12:40", "1:02:03", "3 d 4 h"]);
});

for (const [name, scene] of Object.entries(scenes))
    for (const colorScheme of ["light", "dark"])
        test(`axe finds nothing: ${name}, ${colorScheme}`, async (t) => {
            const {page} = await stage(t, scene(), {colorScheme});
            assert.deepEqual(await violations(page), []);
        });

test("axe finds nothing on a phone, in the dialog, and with the connection lost", async (t) => {
    const {page, server} = await stage(t, scenes.normal(), {width: 360, height: 640});
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", {name: "Keys"}).click();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", {name: "Close"}).click();
    await server.stop();
    await page.locator("#link").waitFor();
    assert.deepEqual(await violations(page), []);
});
