// The wallboard: joins the server's stream, the store and the parts of the page, and obeys keys.
//
// Changes are gathered and shown at most five times a second, in one animation frame, and only the
// parts that they touch; one timer a second moves all clocks. What the viewer chose stands in the
// address behind #, with the token, which is never sent in an address.

import {BoardStore} from "./board_store.js";
import {BoardStream} from "./board_stream.js";
import {setAttribute, setMark} from "./board_list.js";
import {Agents, Calls, Figures, Health, Queues, Rate, Trunks} from "./board_parts.js";
import {clock, count} from "./board_words.js";

const showEveryMs = 200;
const byId = (id) => document.getElementById(id);

const choices = new URLSearchParams(location.hash.slice(1));
const store = new BoardStore();

const parts = [
    {part: new Figures(), kinds: ["call", "queue", "agent", "trunk"]},
    {part: new Queues(), kinds: ["queue", "source"]},
    {part: new Calls(), kinds: ["call", "source"]},
    {part: new Agents(), kinds: ["agent", "source"]},
    {part: new Trunks(), kinds: ["trunk", "source"]},
    {part: new Rate(), kinds: ["activity", "source"]},
    {part: new Health(), kinds: ["source", "sink"]},
];

// --- time: the server's, so that a wall with a wrong clock still counts right

let clockAhead = 0;
let known = false;     // whether there is a state to show
let stoppedAt = null;  // when the connection was lost: what was then is what is shown

const serverNow = () => stoppedAt ?? Date.now() + clockAhead;

// Empty until the server's time is known.
function showClock() {
    byId("clock").textContent = known ? clock(Date.now() + clockAhead) : "";
}

function moveTimers() {
    const now = serverNow();
    for (const {part} of parts) part.tick?.(now, store);
}

function tick() {
    moveTimers();
    showClock();
    showNextTry();
    setTimeout(tick, 1000 - (Date.now() + clockAhead) % 1000);
}

// --- showing

const waiting = new Set();
let shownAt = 0;
let planned = false;

function plan(kinds) {
    for (const kind of kinds) waiting.add(kind);
    if (planned || !waiting.size) return;
    planned = true;
    setTimeout(() => requestAnimationFrame(show), Math.max(0, shownAt + showEveryMs - Date.now()));
}

function show() {
    planned = false;
    shownAt = Date.now();
    const kinds = new Set(waiting);
    waiting.clear();
    const now = serverNow();
    if (kinds.has("source") || kinds.has("queue")) showChoices();
    for (const each of parts)
        if (each.kinds.some((kind) => kinds.has(kind))) each.part.show(store, now);
    const calls = store.chosenCalls().length;
    const queued = store.queues().reduce((sum, each) => sum + each.waiting, 0);
    document.title = `${count(calls)} calls, ${count(queued)} waiting · callstream`;
    setAttribute(byId("board"), "aria-busy", null);
}

const showAll = () => plan(["source", "call", "queue", "agent", "trunk", "activity", "sink"]);

// --- filters

const everything = {pbx: "all PBXs", queue: "all queues"};

function showOptions(id, names, chosen) {
    const select = byId(id);
    const wanted = ["", ...new Set(chosen ? [...names, chosen] : names)];
    const present = [...select.options].map((option) => option.value);
    if (wanted.join("\n") !== present.join("\n"))
        select.replaceChildren(...wanted.map((name) => new Option(name || everything[id], name)));
    select.value = chosen;
    byId(`${id}-choice`).hidden = wanted.length < 3 && !chosen;
}

function showChoices() {
    showOptions("pbx", store.pbxNames(), store.filter.pbx);
    showOptions("queue", store.queueNames(), store.filter.queue);
}

function choose(name, value) {
    store.filter[name] = value;
    remember(name, value);
    showChoices();
    showAll();
}

function remember(name, value) {
    if (value) choices.set(name, value);
    else choices.delete(name);
    const text = choices.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

function chooseNext(name) {
    const options = [...byId(name).options].map((option) => option.value);
    choose(name, options[(options.indexOf(store.filter[name]) + 1) % options.length]);
}

for (const name of ["pbx", "queue", "find"]) {
    store.filter[name] = choices.get(name) ?? "";
    const field = byId(name);
    field.addEventListener("input", () => choose(name, field.value));
}
byId("find").value = store.filter.find;
document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());

// --- light and dark

const systemDark = matchMedia("(prefers-color-scheme: dark)");

function showTheme() {
    const chosen = choices.get("theme");
    setAttribute(document.documentElement, "data-theme", chosen);
    const dark = chosen ? chosen === "dark" : systemDark.matches;
    byId("theme").textContent = dark ? "Light" : "Dark";
}

// The other one; back at what the system has, the choice is dropped.
function nextTheme() {
    const chosen = choices.get("theme");
    const dark = chosen ? chosen === "dark" : systemDark.matches;
    remember("theme", dark === systemDark.matches ? (dark ? "light" : "dark") : "");
    showTheme();
}

systemDark.addEventListener("change", showTheme);
byId("theme").addEventListener("click", nextTheme);

// --- keys

const keysOn = byId("keys-on");
keysOn.checked = choices.get("keys") !== "off";
keysOn.addEventListener("change", () => remember("keys", keysOn.checked ? "" : "off"));
byId("help").addEventListener("click", () => byId("keys").showModal());

function fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
}

const keys = {
    "/": () => byId("find").focus(),
    "?": () => byId("keys").showModal(),
    d: nextTheme,
    f: fullScreen,
    p: () => chooseNext("pbx"),
    q: () => chooseNext("queue"),
};

function clearFilters() {
    byId("find").value = "";
    for (const name of ["pbx", "queue", "find"]) choose(name, "");
}

document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    if (event.key === "Escape") {
        clearFilters();
        document.activeElement?.blur();
        return;
    }
    const typing = event.target.closest?.("input, select, textarea");
    const act = keys[event.key];
    if (!act || typing || !keysOn.checked) return;
    event.preventDefault();
    act();
});

// --- the connection

let link = {phase: "connecting", why: "", since: Date.now(), nextAt: null};
let version = null;

const notices = {
    connecting: {title: "Connecting", mark: "ring", text: "Asking for the calls of now."},
    lost: {title: "Not connected", mark: "cross",
           text: "The board appears by itself as soon as the server answers."},
    refused: {title: "Not let in", mark: "cross",
              text: "Add the token to the address: …/#token=TOKEN. Whoever runs callstream has it."},
};

function showLink(told) {
    link = told;
    if (told.phase === "live") stoppedAt = null;
    else if (known && stoppedAt === null) {
        stoppedAt = serverNow();
        moveTimers();
    }
    document.body.dataset.link = known || told.phase === "live" ? told.phase : `no-${told.phase}`;
    const notice = notices[told.phase];
    byId("notice").hidden = known;
    if (!known && notice) {
        byId("notice-title").textContent = notice.title;
        byId("notice-text").textContent = [told.why, notice.text].filter(Boolean).join(" ");
        setMark({firstChild: byId("notice-mark")}, notice.mark);
    }
    byId("link").hidden = !known || told.phase === "live";
    byId("link-what").textContent = `Connection lost since ${clock(told.since + clockAhead)}.`;
    byId("link-why").textContent = `${told.why} Shown is the state of then.`.trim();
    showNextTry();
}

function showNextTry() {
    const node = byId("link-next");
    if (byId("link").hidden) return;
    const seconds = link.nextAt === null ? 0 : Math.ceil((link.nextAt - Date.now()) / 1000);
    node.textContent = seconds > 0 ? `Next try in ${seconds} s.` : "Trying.";
}

new BoardStream({
    url: new URL("api/events?state=1", document.baseURI),
    token: choices.get("token"),
    onState(state) {
        const ours = state.process?.[0]?.version ?? null;
        if (version !== null && ours !== version) return location.reload();  // the page is new too
        version = ours;
        const at = Date.parse(state.time);
        if (!Number.isNaN(at)) clockAhead = at - Date.now();
        stoppedAt = null;
        known = true;
        showClock();
        store.replace(state);
        showAll();
    },
    onChange: ({changes}) => plan(store.apply(changes)),
    onLink: showLink,
}).start();

byId("site").textContent = choices.get("title") || "callstream";
showTheme();
showChoices();
tick();
