// The live state: what the server told, and what follows from it. Nothing here touches the page.

import {agentState, callSince, callState, milliseconds, trunkIsDown} from "./board_words.js";

const kinds = ["source", "call", "queue", "agent", "extension", "trunk", "activity", "sink",
               "process"];
export const chartMinutes = 60;
export const steadyQueues = 5;
const minuteMs = 60_000;

const byText = (a, b) => a < b ? -1 : a > b ? 1 : 0;
const numbers = (list) => list.reduce((sum, each) => sum + (each ?? 0), 0);

export class BoardStore {
    constructor() {
        this.entries = new Map(kinds.map((kind) => [kind, new Map()]));
        this.filter = {pbx: "", queue: "", find: ""};
    }

    // The whole document of GET /api/state.
    replace(state) {
        for (const kind of kinds) {
            const values = (state[kind] ?? []).map((value) => [value.key, value]);
            this.entries.set(kind, new Map(values));
        }
    }

    // One batch of changes; returns the kinds that it touched.
    apply(changes) {
        const touched = new Set();
        for (const {kind, key, value} of changes) {
            const entries = this.entries.get(kind);
            if (!entries) continue;  // of a later version
            if (value === null) entries.delete(key);
            else entries.set(key, {key, ...value});
            touched.add(kind);
        }
        return touched;
    }

    all(kind) {
        return [...this.entries.get(kind).values()];
    }

    // Of the chosen PBX.
    seen(kind) {
        const {pbx} = this.filter;
        return pbx ? this.all(kind).filter((each) => each.pbx === pbx) : this.all(kind);
    }

    pbxNames() {
        return this.all("source").map((each) => each.pbx)
            .concat(this.all("call").map((each) => each.pbx))
            .filter((name, at, names) => names.indexOf(name) === at).sort(byText);
    }

    queueNames() {
        return [...new Set(this.seen("queue").map((each) => each.queue))].sort(byText);
    }

    // PBXes of which nothing is heard now: what is shown of them is old.
    stale() {
        return new Set(this.all("source").filter((each) => each.state === "disconnected")
            .map((each) => each.pbx));
    }

    // `text`: what of an entry can be found by typing.
    found(text) {
        const wanted = this.filter.find.toLowerCase().trim();
        if (!wanted) return true;
        const words = text.filter(Boolean).join(" ").toLowerCase();
        return wanted.split(/\s+/).every((word) => words.includes(word));
    }

    queues() {
        const {queue} = this.filter;
        const queues = this.seen("queue").filter((each) => !queue || each.queue === queue);
        // Few stay where they are, for people know their places; of many, those with callers first.
        const busyFirst = queues.length > steadyQueues;
        return queues.sort((a, b) => (busyFirst && (b.waiting > 0) - (a.waiting > 0)) ||
            byText(a.queue, b.queue) || byText(a.pbx, b.pbx));
    }

    // Without the text filter: what the figures count.
    chosenCalls() {
        const {queue} = this.filter;
        return this.seen("call").filter((each) => !queue || each.queue === queue);
    }

    calls() {
        return this.chosenCalls()
            .filter((call) => this.found([
                ...[call.calling, call.called, call.answering].flatMap(
                    (one) => [one?.name, one?.number, one?.device]),
                call.queue, call.agent, call.trunk]))
            .map((call) => ({call, rank: callState(call.state).rank,
                             since: callSince(call) ?? Infinity}))
            .sort((a, b) => a.rank - b.rank || a.since - b.since || byText(a.call.key, b.call.key))
            .map(({call}) => call);
    }

    chosenAgents() {
        const {queue} = this.filter;
        return this.seen("agent").filter((each) => !queue || (each.queues ?? []).includes(queue));
    }

    agents() {
        return this.chosenAgents()
            .filter((each) => this.found([each.name, each.agent, each.device,
                                          ...(each.queues ?? [])]))
            .sort((a, b) => agentState(a.status).rank - agentState(b.status).rank ||
                            byText(a.name ?? a.agent, b.name ?? b.agent) || byText(a.key, b.key));
    }

    trunks() {
        return this.seen("trunk").sort((a, b) => trunkIsDown(b.status) - trunkIsDown(a.status) ||
            b.calls - a.calls || byText(a.key, b.key));
    }

    figures() {
        const queues = this.queues();
        const agents = this.chosenAgents();
        const waits = queues.map((each) => milliseconds(each.longest_wait_since))
            .filter((at) => at !== null);
        const done = (each) => each.answered + each.abandoned;
        const rated = queues.filter((each) => each.service_level !== null && done(each) > 0);
        const weight = numbers(rated.map(done));
        return {
            calls: this.chosenCalls().length,
            waiting: numbers(queues.map((each) => each.waiting)),
            longestSince: waits.length ? Math.min(...waits) : null,
            lateAfter: Math.min(...queues.map((each) => each.service_level_seconds ?? Infinity)) * 1000,
            level: weight ? numbers(rated.map((each) => each.service_level * done(each))) / weight
                          : null,
            abandoned: numbers(queues.map((each) => each.abandoned)),
            answered: numbers(queues.map((each) => each.answered)),
            ready: agents.filter((each) => each.status === "ready").length,
            agents: agents.filter((each) => each.status !== "unavailable").length,
            trunkCalls: numbers(this.seen("trunk").map((each) => each.calls)),
            trunks: this.seen("trunk").length,
        };
    }

    // The last hour, a slot a minute, the running one last: {at, calls, abandoned}.
    minutes(now) {
        const last = Math.floor(now / minuteMs);
        const slots = Array.from({length: chartMinutes}, (_, index) => (
            {at: (last - chartMinutes + 1 + index) * minuteMs, calls: 0, abandoned: 0}));
        for (const activity of this.seen("activity"))
            for (const each of activity.minutes ?? []) {
                const slot = slots[Math.floor(milliseconds(each.at) / minuteMs) - last +
                                   chartMinutes - 1];
                if (!slot) continue;
                slot.calls += each.calls ?? 0;
                slot.abandoned += each.abandoned ?? 0;
            }
        return slots;
    }

    // Spans in which a PBX was not seen: {from, to} in milliseconds.
    gaps(now) {
        const spans = [];
        for (const source of this.seen("source")) {
            if (source.gap)
                spans.push({from: milliseconds(source.gap.from), to: milliseconds(source.gap.to)});
            if (source.state === "disconnected")
                spans.push({from: milliseconds(source.since), to: now});
        }
        return spans.filter((span) => span.from !== null && span.to !== null);
    }
}
