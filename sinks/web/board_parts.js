// The parts of the board: each shows what the store holds, and only writes what changed.

import {KeyedList, element, mark, say, setAttribute, setMark, words} from "./board_list.js";
import {agentState, callSince, callState, callStateNames, clock, count, duration, gapWords,
        milliseconds, minute, party, percent, plural, trunkIsDown, way} from "./board_words.js";
import {chartMinutes, steadyQueues} from "./board_store.js";

const byId = (id) => document.getElementById(id);
const levelGood = 0.8;  // of callers answered in time: the usual aim is 80 %
const levelPoor = 0.6;
const blocksMax = 12;   // of a trunk's calls drawn as blocks
const behindSeconds = 10;

const elapsed = (since, now) => since === null ? "" : duration(now - since);
const levelGrade = (level) =>
    level === null ? null : level < levelPoor ? "bad" : level < levelGood ? "warn" : null;
const waitGrade = (span, allowed) =>
    !(span > allowed) ? null : span > 3 * allowed ? "bad" : "warn";

function emptiness(id, text) {
    const node = byId(id);
    say(node.firstChild ?? node.appendChild(words()), text ?? "");
    node.hidden = !text;
}

// A wall or a desk, where the page does not scroll; the same words as in the style sheet.
const wall = matchMedia("(min-width: 64rem) and (min-height: 36rem)");

// Shows whole rows only, and says how many stand below those seen.
class MoreBelow {
    constructor(list, note) {
        Object.assign(this, {list, note});
        this.text = note.appendChild(words());
        this.scroll = list.closest(".scroll");
        this.scroll.addEventListener("scroll", () => this.look(), {passive: true});
        new ResizeObserver(() => this.fit()).observe(list.closest(".panel"));
    }

    fit() {
        const {list, scroll} = this;
        const row = list.firstElementChild?.getBoundingClientRect().height;
        scroll.style.maxBlockSize = "";
        if (row && wall.matches) {
            const head = list.getBoundingClientRect().top - scroll.getBoundingClientRect().top +
                         scroll.scrollTop;
            const rows = Math.max(1, Math.floor((scroll.clientHeight - head) / row + 0.02));
            const height = head + rows * row;
            if (scroll.scrollHeight > scroll.clientHeight) scroll.style.maxBlockSize = `${height}px`;
        }
        this.look();
    }

    // To be called when rows came or went: another number may ask for another room.
    changed(number) {
        if (number === this.number) return;
        const fits = this.number === undefined || this.list.closest(".panel-fill") === null;
        this.number = number;
        if (fits || !this.scroll.style.maxBlockSize) this.fit();
        else this.look();
    }

    look() {
        const {list, scroll} = this;
        const hidden = scroll.scrollHeight - scroll.clientHeight - scroll.scrollTop;
        const share = list.scrollHeight ? hidden / list.scrollHeight : 0;
        const more = hidden > 4 ? Math.max(1, Math.round(list.childElementCount * share)) : 0;
        say(this.text, more ? `▾ ${count(more)} more` : "");
        this.note.hidden = !more;
    }
}

// --- figures

class Figure {
    constructor(list, label, className) {
        this.value = words();
        this.side = words();
        this.mark = mark("warn");
        this.node = element("div", className,
            element("dt", "", label),
            element("dd", "", this.mark, element("span", "big", this.value),
                    element("span", "side", this.side)));
        list.append(this.node);
    }

    show(value, {side = "", grade = null} = {}) {
        say(this.value, value);
        say(this.side, side);
        setAttribute(this.node, "data-grade", grade);
    }
}

export class Figures {
    constructor() {
        const list = byId("figure-list");
        const labels = {calls: "Calls now", waiting: "Waiting", longest: "Longest wait",
                        level: "Service level", abandoned: "Abandoned", answered: "Answered", ready: "Agents ready",
                        trunks: "Trunk calls"};
        this.all = Object.fromEntries(
            Object.entries(labels).map(([name, label]) => [name, new Figure(list, label, `figure figure-${name}`)]));
        this.seen = null;
    }

    show(store, now) {
        const seen = store.figures();
        const {all} = this;
        this.seen = seen;
        all.calls.show(count(seen.calls));
        all.waiting.show(count(seen.waiting));
        all.level.show(seen.level === null ? "–" : String(Math.round(seen.level * 100)),
                       {side: seen.level === null ? "" : "%", grade: levelGrade(seen.level)});
        const ends = seen.answered + seen.abandoned;
        all.abandoned.show(count(seen.abandoned), {
            side: ends ? `${Math.round(seen.abandoned / ends * 100)} %` : ""});
        all.answered.show(count(seen.answered));
        all.ready.show(count(seen.ready), {
            side: seen.agents ? `of ${count(seen.agents)}` : "",
            grade: seen.agents && !seen.ready ? (seen.waiting ? "bad" : "warn") : null});
        all.trunks.show(seen.trunks ? count(seen.trunkCalls) : "–");
        this.tick(now);
    }

    tick(now) {
        if (!this.seen) return;
        const {longestSince, lateAfter} = this.seen;
        const span = longestSince === null ? null : now - longestSince;
        const grade = span === null ? null : waitGrade(span, lateAfter);
        this.all.longest.show(span === null ? "–" : duration(span), {grade});
        setAttribute(this.all.waiting.node, "data-grade", grade);
    }
}

// --- queues

function makeQueue() {
    const texts = Object.fromEntries(
        ["name", "pbx", "waiting", "longest", "level", "answered", "abandoned", "ready", "total"]
            .map((name) => [name, words()]));
    const lateMark = mark("warn");
    const levelMark = mark("warn");
    const fill = element("span", "meter-fill");
    const longest = element("td", "number", lateMark, texts.longest);
    const level = element("td", "level", element("span", "level-text", levelMark, texts.level),
                          element("span", "meter", fill));
    const node = element("tr", "",
        element("th", "", texts.name, element("span", "pbx", texts.pbx)),
        element("td", "number strong", texts.waiting), longest, level,
        element("td", "number wide", texts.answered), element("td", "number", texts.abandoned),
        element("td", "number", texts.ready, element("span", "of", texts.total)));
    node.firstChild.scope = "row";
    node.querySelector(".meter").setAttribute("aria-hidden", "true");
    const row = {node, texts, fill, longest, level, since: null, allowed: Infinity};
    row.tick = (now) => {
        say(texts.longest, elapsed(row.since, now) || "–");
        const grade = row.since === null ? null : waitGrade(now - row.since, row.allowed);
        setAttribute(longest, "data-grade", grade);
    };
    return row;
}

export class Queues {
    constructor() {
        this.list = new KeyedList(byId("queue-rows"), makeQueue, (row, queue) => {
            const {texts} = row;
            row.since = milliseconds(queue.longest_wait_since);
            row.allowed = (queue.service_level_seconds ?? Infinity) * 1000;
            say(texts.name, queue.queue);
            say(texts.pbx, this.manyPbx ? queue.pbx : "");
            say(texts.waiting, count(queue.waiting));
            say(texts.level, percent(queue.service_level));
            say(texts.answered, count(queue.answered));
            say(texts.abandoned, count(queue.abandoned));
            say(texts.ready, count(queue.members?.ready ?? 0));
            say(texts.total, ` / ${count(queue.members?.total ?? 0)}`);
            setAttribute(row.level, "data-grade", levelGrade(queue.service_level));
            row.fill.style.inlineSize = `${Math.round((queue.service_level ?? 0) * 100)}%`;
            setAttribute(row.node, "data-stale", this.stale.has(queue.pbx));
            setAttribute(row.node, "data-idle", queue.waiting === 0);
        });
        this.countText = byId("queues-count").appendChild(words());
        this.below = new MoreBelow(byId("queue-rows"), byId("queues-more"));
    }

    show(store, now) {
        this.stale = store.stale();
        this.manyPbx = store.pbxNames().length > 1 && !store.filter.pbx;
        const queues = store.queues().filter((each) => store.found([each.queue, each.pbx]));
        this.list.show(queues);
        say(this.countText, queues.length ? count(queues.length) : "");
        byId("queue-rows").parentNode.hidden = queues.length === 0;
        setAttribute(byId("queues"), "data-many", queues.length > steadyQueues);
        emptiness("queues-empty", queues.length ? null : store.filter.find
            ? "No queue of that name." : "No queues. They appear as soon as the PBX tells of one.");
        this.tick(now);
        this.below.changed(queues.length);
    }

    tick(now) {
        this.list.tick(now);
    }
}

// --- calls

function makePerson(className) {
    const person = {name: words(), number: words()};
    person.node = element("span", className, element("span", "name", person.name),
                          element("span", "digits", person.number));
    return person;
}

function showPerson(person, {name, number}) {
    say(person.name, name || number || "unknown");
    say(person.number, name ? number : "");
}

function makeCall() {
    const sign = mark();
    const texts = {state: words(), timer: words(), via: words()};
    const from = makePerson("party from");
    const to = makePerson("party to");
    const node = element("li", "call", element("span", "state", sign, texts.state),
        element("span", "timer", texts.timer), from.node,
        element("span", "arrow", "→"), to.node, element("span", "via", texts.via));
    node.querySelector(".arrow").setAttribute("aria-label", "to");
    node.querySelector(".arrow").setAttribute("role", "img");
    const row = {node, sign, texts, from, to, since: null};
    row.tick = (now) => say(texts.timer, elapsed(row.since, now));
    return row;
}

function fillCall(row, call, {stale, manyPbx, agentNames}) {
    const state = callState(call.state);
    row.since = callSince(call);
    setMark(row.sign, state.mark);
    setAttribute(row.node, "data-state", call.state);
    say(row.texts.state, state.word);
    showPerson(row.from, party(call.calling));
    const target = call.answering ? party(call.answering) : party(call.called);
    showPerson(row.to, target);
    const agent = call.agent && agentNames.get(`${call.pbx}:${call.agent}`);
    say(row.texts.via, [call.queue, agent && agent !== target.name ? agent : "",
                        call.queue ? "" : way(call), manyPbx ? call.pbx : ""].filter(Boolean).join(" · "));
    setAttribute(row.node, "data-stale", stale.has(call.pbx));
}

export class Calls {
    constructor() {
        this.context = {stale: new Set(), manyPbx: false, agentNames: new Map()};
        this.list = new KeyedList(byId("call-rows"), makeCall,
                                  (row, call) => fillCall(row, call, this.context));
        this.countText = byId("calls-count").appendChild(words());
        this.tally = new Map(callStateNames.map((name) => {
            const text = words();
            const node = element("li", "", mark(callState(name).mark), text);
            node.dataset.state = name;
            byId("call-states").append(node);
            return [name, {node, text}];
        }));
        this.below = new MoreBelow(byId("call-rows"), byId("calls-more"));
    }

    show(store, now) {
        const calls = store.calls();
        const all = store.chosenCalls().length;
        this.context = {
            stale: store.stale(),
            manyPbx: store.pbxNames().length > 1 && !store.filter.pbx,
            agentNames: new Map(store.all("agent").map((each) => [each.key, each.name])),
        };
        this.list.show(calls);
        say(this.countText, all === calls.length ? (all ? count(all) : "")
                                                 : `${count(calls.length)} of ${count(all)}`);
        for (const [name, {node, text}] of this.tally) {
            const number = calls.filter((call) => call.state === name).length;
            say(text, `${count(number)} ${callState(name).word}`);
            node.hidden = number === 0;
        }
        emptiness("calls-empty", calls.length ? null
            : all ? "No call matches what you look for." : "No calls at the moment.");
        this.tick(now);
        this.below.changed(calls.length);
    }

    tick(now) {
        this.list.tick(now);
    }
}

// --- agents

function makeAgent() {
    const sign = mark();
    const texts = {name: words(), timer: words(), state: words()};
    const node = element("li", "agent", sign, element("span", "name", texts.name),
        element("span", "timer", texts.timer), element("span", "doing", texts.state));
    const row = {node, sign, texts, since: null};
    row.tick = (now) => say(texts.timer, elapsed(row.since, now));
    return row;
}

export class Agents {
    constructor() {
        this.stale = new Set();
        this.list = new KeyedList(byId("agent-rows"), makeAgent, (row, agent) => {
            const state = agentState(agent.status);
            row.since = milliseconds(agent.since);
            setMark(row.sign, state.mark);
            setAttribute(row.node, "data-status", agent.status);
            setAttribute(row.node, "data-stale", this.stale.has(agent.pbx));
            say(row.texts.name, agent.name ?? agent.device ?? agent.agent);
            say(row.texts.state, [state.word, agent.reason, (agent.queues ?? []).join(", "),
                                  this.manyPbx ? agent.pbx : ""].filter(Boolean).join(" · "));
        });
        this.countText = byId("agents-count").appendChild(words());
        this.below = new MoreBelow(byId("agent-rows"), byId("agents-more"));
    }

    show(store, now) {
        this.stale = store.stale();
        this.manyPbx = store.pbxNames().length > 1 && !store.filter.pbx;
        const agents = store.agents();
        this.list.show(agents);
        say(this.countText, agents.length ? count(agents.length) : "");
        emptiness("agents-empty", agents.length ? null : store.filter.find
            ? "No agent of that name." : "No agents are logged on.");
        this.tick(now);
        this.below.changed(agents.length);
    }

    tick(now) {
        this.list.tick(now);
    }
}

// --- trunks

function makeTrunk() {
    const sign = mark("dot");
    const texts = {name: words(), calls: words(), status: words()};
    const blocks = element("span", "blocks");
    blocks.setAttribute("aria-hidden", "true");
    const node = element("li", "trunk", sign, element("span", "name", texts.name),
                         element("span", "doing", texts.status), blocks,
                         element("span", "timer", texts.calls));
    return {node, sign, texts, blocks};
}

export class Trunks {
    constructor() {
        this.list = new KeyedList(byId("trunk-rows"), makeTrunk, (row, trunk) => {
            const down = trunkIsDown(trunk.status);
            setMark(row.sign, down ? "cross" : trunk.calls ? "dot" : "ring");
            setAttribute(row.node, "data-grade", down ? "bad" : null);
            setAttribute(row.node, "data-stale", this.stale.has(trunk.pbx));
            say(row.texts.name, trunk.trunk);
            say(row.texts.calls, plural(trunk.calls, "call", "calls"));
            say(row.texts.status, [down && trunk.status, down && trunk.reason,
                                   this.manyPbx && trunk.pbx].filter(Boolean).join(" · "));
            const wanted = Math.min(blocksMax, trunk.calls);
            while (row.blocks.childElementCount > wanted) row.blocks.lastChild.remove();
            while (row.blocks.childElementCount < wanted) row.blocks.append(element("i"));
        });
        this.countText = byId("trunks-count").appendChild(words());
        this.below = new MoreBelow(byId("trunk-rows"), byId("trunks-more"));
    }

    show(store) {
        this.stale = store.stale();
        this.manyPbx = store.pbxNames().length > 1 && !store.filter.pbx;
        const trunks = store.trunks();
        const used = trunks.filter((each) => each.calls > 0).length;
        this.list.show(trunks);
        say(this.countText, trunks.length ? `${count(used)} of ${count(trunks.length)} in use` : "");
        emptiness("trunks-empty", trunks.length ? null : "No trunks are known.");
        this.below.changed(trunks.length);
    }
}

// --- calls per minute

const space = "http://www.w3.org/2000/svg";
const slotWidth = 600 / chartMinutes;

function niceTop(highest) {
    const unit = 10 ** Math.floor(Math.log10(Math.max(1, highest)));
    return [1, 2, 3, 4, 6, 8, 10].map((step) => step * unit).find((top) => top >= highest && top >= 4)
        ?? 10 * unit;
}

export class Rate {
    constructor() {
        this.bars = Array.from({length: chartMinutes}, (_, index) => ["bar", "bar bar-lost"].map(
            (className) => {
                const rect = document.createElementNS(space, "rect");
                rect.setAttribute("class", className);
                rect.setAttribute("x", index * slotWidth + 1);
                rect.setAttribute("width", slotWidth - 2);
                byId("rate-bars").append(rect);
                return rect;
            }));
        this.text = Object.fromEntries(["now", "top", "middle", "from", "half", "words"].map(
            (name) => [name, byId(`rate-${name}`).appendChild(words())]));
    }

    show(store, now) {
        const slots = store.minutes(now);
        const calls = slots.map((slot) => slot.calls);
        const highest = Math.max(...calls);
        const top = niceTop(highest);
        slots.forEach((slot, index) => {
            const [all, lost] = this.bars[index];
            const height = Math.min(100, slot.calls / top * 100);
            const lostHeight = Math.min(height, slot.abandoned / top * 100);
            setAttribute(all, "y", 100 - height);
            setAttribute(all, "height", height);
            setAttribute(lost, "y", 100 - lostHeight);
            setAttribute(lost, "height", lostHeight);
        });
        this.showGaps(store, slots[0].at, now);
        const {text} = this;
        const last = calls.at(-2);  // the running minute is not over
        say(text.now, `${count(last)} last minute`);
        say(text.top, count(top));
        say(text.middle, count(top / 2));
        say(text.from, minute(slots[0].at));
        say(text.half, minute(slots[chartMinutes / 2].at));
        const abandoned = slots.reduce((sum, slot) => sum + slot.abandoned, 0);
        const total = calls.reduce((sum, each) => sum + each, 0);
        say(text.words, `Last hour: ${plural(total, "call", "calls")}, most in a minute `
            + `${count(highest)}, ${count(abandoned)} abandoned`);
        setAttribute(byId("rate-chart"), "aria-label", `Calls per minute over the last hour: `
            + `${plural(total, "call", "calls")}, at most ${count(highest)} in a minute.`);
        this.minute = slots.at(-1).at;
    }

    showGaps(store, from, now) {
        const spans = store.gaps(now);
        const parent = byId("rate-gaps");
        while (parent.childElementCount > spans.length) parent.lastChild.remove();
        while (parent.childElementCount < spans.length)
            parent.append(document.createElementNS(space, "rect"));
        const place = (at) => Math.max(0, Math.min(600, (at - from) / 60_000 * slotWidth));
        spans.forEach((span, index) => {
            const rect = parent.children[index];
            const begin = place(span.from);
            setAttribute(rect, "x", begin);
            setAttribute(rect, "width", span.to < from ? 0 : Math.max(3, place(span.to) - begin));
            setAttribute(rect, "height", 100);
            setAttribute(rect, "class", "gap");
        });
    }

    tick(now, store) {
        if (this.minute !== undefined && now >= this.minute + 60_000) this.show(store, now);
    }
}

// --- health

function makeHealth() {
    const sign = mark();
    const texts = {name: words(), what: words(), timer: words(), gap: words()};
    const gap = element("span", "gap-note", mark("warn"), texts.gap);
    const node = element("li", "state-chip", sign, element("strong", "", texts.name),
                         element("span", "", texts.what), element("span", "timer", texts.timer), gap);
    const row = {node, sign, texts, gap, since: null};
    row.tick = (now) => say(texts.timer, elapsed(row.since, now));
    return row;
}

const sourceStates = {
    connected: {word: "connected", mark: "dot", grade: "good"},
    resyncing: {word: "catching up", mark: "wait", grade: "warn"},
    disconnected: {word: "not connected", mark: "cross", grade: "bad"},
};

function sinkState(sink) {
    if (sink.ended) return {word: "has ended", mark: "cross", grade: "bad"};
    const waiting = plural(sink.lag_events ?? 0, "event", "events");
    if (!sink.connected) return {word: `away, ${waiting} wait`, mark: "cross", grade: "bad"};
    if ((sink.lag_seconds ?? 0) >= behindSeconds)
        return {word: `${waiting} behind`, mark: "warn", grade: "warn"};
    return {word: "up to date", mark: "dot", grade: "good"};
}

export class Health {
    constructor() {
        const show = (row, {name, what, since, state, gap}) => {
            setMark(row.sign, state.mark);
            setAttribute(row.node, "data-grade", state.grade);
            say(row.texts.name, name);
            say(row.texts.what, what);
            row.since = since;
            say(row.texts.gap, gap ?? "");
            row.gap.hidden = !gap;
        };
        this.sources = new KeyedList(byId("source-rows"), makeHealth, show);
        this.sinks = new KeyedList(byId("sink-rows"), makeHealth, show);
        this.alerts = new KeyedList(byId("alerts"), () => {
            const text = words();
            const sign = mark("warn");
            return {node: element("li", "note", sign, element("p", "", text)), text, sign};
        }, (row, alert) => {
            say(row.text, alert.text);
            setMark(row.sign, alert.grade === "bad" ? "cross" : "warn");
            setAttribute(row.node, "data-grade", alert.grade);
        });
    }

    show(store, now) {
        const sources = store.seen("source").map((each) => {
            const state = sourceStates[each.state] ?? {word: each.state, mark: "ring", grade: null};
            return {key: each.key, name: each.pbx, state, since: milliseconds(each.since),
                    what: [each.transport, state.word].filter(Boolean).join(" "),
                    gap: each.gap && gapWords(each.gap)};
        });
        const sinks = store.all("sink").map((each) => {
            const state = sinkState(each);
            const rejected = each.rejected ? `, ${plural(each.rejected, "one", "ones")} rejected` : "";
            return {key: each.key, name: each.sink, state, what: `${each.type} ${state.word}${rejected}`,
                    since: state.grade === "bad" ? milliseconds(each.since) : null};
        });
        this.sources.show(sources);
        this.sinks.show(sinks);
        this.alerts.show(alertsOf(store));
        this.tick(now);
    }

    tick(now) {
        this.sources.tick(now);
        this.sinks.tick(now);
    }
}

// What somebody should do something about. Times stand still here: a screen reader is told once.
function alertsOf(store) {
    const alerts = [];
    const at = (text) => milliseconds(text) === null ? "" : ` since ${clock(milliseconds(text))}`;
    for (const each of store.seen("source")) {
        const reason = each.reason ? `: ${each.reason}` : "";
        if (each.state === "disconnected")
            alerts.push({key: `source ${each.key}`, grade: "bad", text:
                `PBX ${each.pbx} is not seen${at(each.since)}${reason}. What is shown of it is old.`});
    }
    for (const each of store.all("sink")) {
        if (each.ended)
            alerts.push({key: `sink ${each.key}`, grade: "bad",
                         text: `Sink ${each.sink} (${each.type}) has ended${at(each.since)}.`});
        else if (!each.connected)
            alerts.push({key: `sink ${each.key}`, grade: "bad", text:
                `Sink ${each.sink} (${each.type}) is away${at(each.since)}. Its events wait in the journal.`});
    }
    const shown = alerts.slice(0, 3);
    if (alerts.length > shown.length)
        shown.push({key: "more", grade: "bad", text:
            `${plural(alerts.length - shown.length, "more thing", "more things")} below.`});
    return shown;
}
