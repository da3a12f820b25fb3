// Made-up live state, as the server would tell it: a day in the life of a contact centre, made from
// a seed, and what changes in it from second to second.

const names = ["Alice Weber", "Bob Tanaka", "Carol Nwosu", "David Lindqvist", "Eve Castellanos",
               "Farid Haddad", "Grace Okafor", "Heidi Brandt", "Ivan Petrov", "Judy Chen",
               "Karim Aziz", "Lena Fischer", "Marco Rossi", "Nadia Rahman", "Oscar Delgado",
               "Priya Natarajan", "Quentin Moreau", "Rosa Jimenez", "Sven Eriksson", "Tara Byrne"];
const callers = ["Acme Logistics", "Jonas Keller", "Maria Souza", "Northwind Traders", "Peter Novak",
                 "Yuki Mori", "Stadtwerke Süd", "O. Brennan", null, null, null];
const queueNames = ["support", "sales", "billing", "dispatch", "after hours"];
const talking = ["connected", "connected", "connected", "connected", "held", "conferenced"];

// A small generator with a seed, so that a scene can be made again.
function seeded(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
}

export class Scene {
    // `at`: the server's time in milliseconds; it goes on by `advance`.
    constructor({seed = 1, at = Date.parse("2026-11-27T10:24:37Z"), pbxs = ["hq"], calls = 23,
                 agents = 14, queues = 4, waiting = 5} = {}) {
        this.random = seeded(seed);
        this.at = at;
        this.number = 100;
        this.pbxs = pbxs;
        this.entries = new Map();
        this.position = 1;
        for (const pbx of pbxs) this.makePbx(pbx, {agents, queues});
        for (let index = 0; index < waiting && queues; ++index)
            this.makeCall(this.pick(pbxs), "queued", queueNames[index * index % queues]);
        for (let index = waiting; index < calls; ++index)
            this.makeCall(this.pick(pbxs), this.random() < 0.2 ? "ringing" : this.pick(talking));
        if (calls) this.makeLongCall();
        this.countQueues();
        this.put("sink", "live", {sink: "live", type: "redis", connected: true, ended: false,
            acknowledged: 918231, rejected: 0, reconnects: 1, lag_events: 0, lag_seconds: 0,
            since: this.ago(86400)});
        this.put("sink", "bus", {sink: "bus", type: "kafka", connected: true, ended: false,
            acknowledged: 918230, rejected: 0, reconnects: 0, lag_events: 1, lag_seconds: 0.01,
            since: this.ago(86400)});
        this.put("process", "callstream", {version: "0.1.0", started_at: this.ago(86400),
            journal_bytes: 1 << 28, journal_bytes_max: 1 << 32, fsync: "batch"});
        this.changes = [];
    }

    pick(list) {
        return list[Math.floor(this.random() * list.length)];
    }

    ago(seconds) {
        return new Date(this.at - seconds * 1000).toISOString();
    }

    put(kind, key, value) {
        this.entries.set(`${kind} ${key}`, {kind, key, value});
        this.changes?.push({kind, key, value});
    }

    remove(kind, key) {
        this.entries.delete(`${kind} ${key}`);
        this.changes?.push({kind, key, value: null});
    }

    get(kind, key) {
        return this.entries.get(`${kind} ${key}`)?.value;
    }

    all(kind) {
        return [...this.entries.values()].filter((each) => each.kind === kind);
    }

    // Changes fields of an entry.
    set(kind, key, fields) {
        this.put(kind, key, {...this.get(kind, key), ...fields});
    }

    makePbx(pbx, {agents, queues}) {
        this.put("source", pbx, {pbx, transport: "ami", address: "192.0.2.10:5038",
            version: "20.5.0", state: "connected", since: this.ago(93600), reason: null,
            gap: null, shed_count: 0});
        for (let index = 0; index < agents; ++index) {
            const device = `PJSIP/${201 + index}`;
            const status = ["busy", "ready", "busy", "busy", "paused", "ready", "unavailable"][index % 7];
            this.put("agent", `${pbx}:${device}`, {pbx, agent: device, name: names[index % names.length],
                device, queues: [queueNames[index % Math.max(1, queues)]], status,
                reason: status === "paused" ? this.pick(["lunch", "training", "after-call work"]) : null,
                since: this.ago(5 + Math.floor(this.random() * 900)), call_id: null,
                calls_taken: Math.floor(this.random() * 30)});
        }
        for (let index = 0; index < queues; ++index) {
            const offered = 40 + Math.floor(this.random() * 160);
            const abandoned = Math.floor(offered * this.random() * 0.12);
            const answered = offered - abandoned;
            const inTime = Math.floor(answered * [0.91, 0.84, 0.72, 0.55, 0.97][index]);
            this.put("queue", `${pbx}:${queueNames[index]}`, {pbx, queue: queueNames[index],
                waiting: 0, longest_wait_since: null, callers: [], offered, answered, abandoned,
                answered_in_time: inTime, service_level_seconds: 20,
                service_level: inTime / (answered + abandoned),
                members: {total: 0, ready: 0, busy: 0, ringing: 0, paused: 0, unavailable: 0},
                day: "2026-11-27"});
        }
        for (const [index, trunk] of ["sip-acme", "sip-telco", "gsm-1"].entries())
            this.put("trunk", `${pbx}:${trunk}`, {pbx, trunk, status: "Registered",
                since: this.ago(86400), reason: null, calls: [9, 4, 0][index]});
        const start = Math.floor(this.at / 60000) * 60000;
        this.put("activity", pbx, {pbx, minutes: Array.from({length: 60}, (_, index) => {
            const calls = Math.round(9 + 6 * Math.sin(index / 8) + this.random() * 7);
            return {at: new Date(start - (59 - index) * 60000).toISOString(),
                    calls: index === 59 ? Math.round(calls * 0.6) : calls,
                    answered: Math.round(calls * 0.85),
                    abandoned: this.random() < 0.35 ? 1 + Math.floor(this.random() * 2) : 0};
        })});
    }

    makeCall(pbx, state, queue = null) {
        const id = `1795775000.${this.number++}`;
        const inbound = queue !== null || this.random() < 0.65;
        const number = `+4930${String(1000000 + Math.floor(this.random() * 8999999))}`;
        const index = Math.floor(this.random() * 14);
        const device = `PJSIP/${201 + index}`;
        const inside = {number: String(201 + index), name: names[index], device};
        const outside = {number, name: this.pick(callers), device: null};
        const age = state === "queued" ? 4 + this.random() * 95
                  : state === "ringing" ? 1 + this.random() * 14 : 10 + this.random() * 1300;
        const talks = !["queued", "ringing", "initiated"].includes(state);
        const ofQueue = queue ?? (inbound && talks ? this.pick([...queueNames.slice(0, 3), null])
                                                   : null);
        this.put("call", `${pbx}:${id}`, {pbx, call_id: id, state,
            direction: inbound ? "inbound" : "outbound",
            calling: inbound ? outside : inside,
            called: inbound ? {number: "5550110", name: null, device: null} : outside,
            answering: talks ? (inbound ? inside : outside) : null,
            queue: ofQueue, agent: ofQueue && talks ? device : null,
            trunk: inbound ? "sip-acme" : "sip-telco", legs: talks ? 2 : 1,
            started_at: this.ago(age + 12), answered_at: talks ? this.ago(age) : null,
            state_since: this.ago(state === "held" ? age / 9 : age)});
        return `${pbx}:${id}`;
    }

    // One of more than an hour: its timer is the widest.
    makeLongCall() {
        const key = this.all("call").find((each) => each.value.state === "connected").key;
        this.set("call", key, {answered_at: this.ago(3723), state_since: this.ago(3723)});
    }

    // The queues' numbers follow from their calls and agents.
    countQueues() {
        for (const {key, value} of this.all("queue")) {
            const waits = this.all("call").map((each) => each.value).filter((call) =>
                call.pbx === value.pbx && call.queue === value.queue && call.state === "queued");
            const members = {total: 0, ready: 0, busy: 0, ringing: 0, paused: 0, unavailable: 0};
            for (const {value: agent} of this.all("agent"))
                if (agent.pbx === value.pbx && agent.queues.includes(value.queue)) {
                    members.total += 1;
                    members[agent.status] += 1;
                }
            const since = waits.map((call) => call.state_since).sort();
            const next = {...value, members, waiting: waits.length,
                longest_wait_since: since[0] ?? null,
                callers: waits.map((call, index) => ({call_id: call.call_id,
                    number: call.calling.number, name: call.calling.name, position: index + 1,
                    joined_at: call.state_since}))};
            if (JSON.stringify(next) !== JSON.stringify(value)) this.put("queue", key, next);
        }
    }

    // One call goes on a step: rings, is answered, ends, and another one begins.
    step() {
        const calls = this.all("call");
        const {key, value} = this.pick(calls);
        const now = this.ago(0);
        if (value.state === "queued" || value.state === "ringing") {
            const index = Math.floor(this.random() * 14);
            this.set("call", key, {state: "connected", answered_at: now, state_since: now, legs: 2,
                answering: {number: String(201 + index), name: names[index],
                            device: `PJSIP/${201 + index}`}});
        } else if (this.random() < 0.5) {
            this.remove("call", key);
            this.makeCall(value.pbx, this.random() < 0.5 ? "ringing" : "queued",
                          this.random() < 0.5 && this.get("queue", `${value.pbx}:support`)
                              ? "support" : null);
        } else {
            this.set("call", key, {state: this.pick(talking), state_since: now});
        }
        this.countQueues();
    }

    advance(milliseconds) {
        this.at += milliseconds;
    }

    state() {
        const state = {at: String(this.position), time: this.ago(0)};
        for (const kind of ["source", "call", "queue", "agent", "extension", "trunk", "activity",
                            "sink", "process"])
            state[kind] = this.all(kind).map(({key, value}) => ({key, ...value}));
        return state;
    }

    // What changed since it was last asked, as a change document; null if nothing did.
    takeChanges() {
        const changes = this.changes.splice(0);
        if (!changes.length) return null;
        this.position += 1;
        return {at: String(this.position), time: this.ago(0), changes};
    }
}
