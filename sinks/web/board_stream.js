// The server's events, kept coming: connects, reads, notices silence, connects again.
//
// Not EventSource: that one neither sends an Authorization header, nor says why it failed, nor
// notices a connection that died without a word.

const silenceMs = 40_000;  // the server says something at least every 15 s
const retryFirstMs = 1_000;
const retryLastMs = 15_000;
const refusedRetryMs = 30_000;

// Cuts the text of a stream into events; `on_event` gets {type, data}.
export class EventCutter {
    constructor(onEvent) {
        this.onEvent = onEvent;
        this.rest = "";
        this.type = "";
        this.data = [];
    }

    feed(text) {
        // A CR at the end may be half of a CRLF.
        const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
        this.rest = lines.pop();
        for (const line of lines) this.line(line);
    }

    line(line) {
        if (line === "") {
            if (this.data.length) this.onEvent({type: this.type || "message",
                                                data: this.data.join("\n")});
            this.type = "";
            this.data = [];
            return;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") this.type = value;
        if (field === "data") this.data.push(value);
    }
}

const reasons = {
    401: "The token is missing or wrong.",
    403: "This address is not let in.",
    404: "There is no live state at this address.",
    429: "Too many wallboards are connected.",
    503: "The server takes no more wallboards now.",
};

export class BoardStream {
    // `onLink` gets {phase: "connecting" | "live" | "lost" | "refused", why, since, nextAt}.
    constructor({url, token, onState, onChange, onLink}) {
        Object.assign(this, {url, token, onState, onChange, onLink});
        this.failures = 0;
        this.since = Date.now();
        this.retryTimer = 0;
        this.why = "";
    }

    start() {
        addEventListener("online", () => this.now());
        addEventListener("pageshow", (shown) => shown.persisted && this.now());
        this.tell("connecting");
        this.connect();
    }

    // Does not wait for the next try.
    now() {
        if (!this.retryTimer) return;
        clearTimeout(this.retryTimer);
        this.retryTimer = 0;
        this.connect();
    }

    tell(phase, nextAt = null) {
        if (phase !== this.phase && (phase === "live" || this.phase === "live"))
            this.since = Date.now();
        this.phase = phase;
        this.onLink({phase, why: this.why, since: this.since, nextAt});
    }

    async connect() {
        const abort = new AbortController();
        let watchdog = 0;
        const heard = () => {
            clearTimeout(watchdog);
            watchdog = setTimeout(() => {
                this.why = "The server fell silent.";
                abort.abort();
            }, silenceMs);
        };
        this.why = "";
        let refused = false;
        try {
            heard();
            const answer = await fetch(this.url, {
                signal: abort.signal, cache: "no-store", credentials: "same-origin",
                headers: {Accept: "text/event-stream",
                          ...(this.token && {Authorization: `Bearer ${this.token}`})},
            });
            if (!answer.ok) {
                refused = answer.status === 401 || answer.status === 403;
                this.why = reasons[answer.status] ?? `The server answered ${answer.status}.`;
            } else {
                await this.read(answer.body, heard);
                this.why ||= "The server closed the connection.";
            }
        } catch {
            this.why ||= "The server cannot be reached.";
        }
        clearTimeout(watchdog);
        abort.abort();
        this.later(refused);
    }

    async read(body, heard) {
        const decoder = new TextDecoder();
        const cutter = new EventCutter((event) => this.take(event));
        const reader = body.getReader();
        for (;;) {
            const {done, value} = await reader.read();
            if (done) return;
            heard();
            cutter.feed(decoder.decode(value, {stream: true}));
        }
    }

    take({type, data}) {
        if (type === "state") {
            this.failures = 0;
            this.onState(JSON.parse(data));
            this.tell("live");
        } else if (type === "change") {
            this.onChange(JSON.parse(data));
        } else if (type === "dropped") {
            this.why = "This wallboard was too slow and was disconnected.";
        }
    }

    later(refused) {
        const most = refused ? refusedRetryMs
                             : Math.min(retryLastMs, retryFirstMs * 2 ** this.failures);
        const wait = most * (0.5 + Math.random() / 2);  // so that many walls do not come at once
        this.failures += 1;
        this.tell(refused ? "refused" : "lost", Date.now() + wait);
        this.retryTimer = setTimeout(() => {
            this.retryTimer = 0;
            this.connect();
        }, wait);
    }
}
