// How the board says things: times, counts, states. Nothing here touches the page.

const clockFormat = new Intl.DateTimeFormat(undefined, {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
const minuteFormat = new Intl.DateTimeFormat(undefined, {
    hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const countFormat = new Intl.NumberFormat("en");

// Milliseconds of an RFC 3339 time, or null.
export function milliseconds(text) {
    const at = text ? Date.parse(text) : NaN;
    return Number.isNaN(at) ? null : at;
}

export const clock = (at) => clockFormat.format(at);
export const minute = (at) => minuteFormat.format(at);
export const count = (number) => countFormat.format(number);
export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;

// 0:07, 12:40, 1:02:03, 3 d 4 h. Never negative: clocks differ.
export function duration(span) {
    const seconds = Math.max(0, Math.floor(span / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
    if (hours > 0) return `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`;
    return `${minutes}:${two(seconds % 60)}`;
}

export const percent = (share) =>
    share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`;

// `rank` orders the calls of the board: who waits comes first.
const callStates = {
    queued: {word: "waiting", mark: "wait", rank: 0},
    parked: {word: "parked", mark: "park", rank: 1},
    held: {word: "on hold", mark: "pause", rank: 2},
    ringing: {word: "ringing", mark: "sound", rank: 3},
    initiated: {word: "starting", mark: "ring", rank: 4},
    conferenced: {word: "meeting", mark: "group", rank: 5},
    connected: {word: "talking", mark: "dot", rank: 6},
};
export const callStateNames = Object.keys(callStates);
export const callState = (name) =>
    callStates[name] ?? {word: name ?? "unknown", mark: "ring", rank: 7};

const agentStates = {
    ringing: {word: "ringing", mark: "sound", rank: 0},
    ready: {word: "ready", mark: "check", rank: 1},
    busy: {word: "on a call", mark: "dot", rank: 2},
    paused: {word: "paused", mark: "pause", rank: 3},
    unavailable: {word: "away", mark: "away", rank: 4},
};
export const agentState = (name) =>
    agentStates[name] ?? {word: name ?? "unknown", mark: "ring", rank: 5};

export function party(one) {
    if (!one) return {name: "", number: ""};
    const number = one.number ?? one.device ?? "";
    return {name: one.name && one.name !== number ? one.name : "", number};
}

// What began when, for a call's timer: the wait of who waits, the talk of who talks.
export function callSince(call) {
    if (call.state === "connected" || call.state === "conferenced")
        return milliseconds(call.answered_at) ?? milliseconds(call.state_since);
    return milliseconds(call.state_since) ?? milliseconds(call.started_at);
}

const directions = {inbound: "in", outbound: "out", internal: "internal",
                    external: "through", callback: "callback"};
export function way(call) {
    const direction = directions[call.direction] ?? "";
    return call.trunk ? `${direction || "via"} ${call.trunk}` : direction;
}

export const trunkIsDown = (status) =>
    /unreach|unregist|reject|fail|down|time|unavail|error|offline|removed/i.test(status ?? "");

// A gap in what was seen: from when to when, and how much is known to be missing.
export function gapWords(gap) {
    const from = milliseconds(gap.from);
    const to = milliseconds(gap.to);
    const span = `${from === null ? "?" : clock(from)}–${to === null ? "now" : clock(to)}`;
    const missing = gap.missing_count;
    return missing ? `gap ${span}, ${plural(missing, "event", "events")} missing` : `gap ${span}`;
}
