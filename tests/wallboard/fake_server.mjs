// A server for the page alone: its files under their policy, and a made-up live state as events.
// For tests, and for work on the page without building anything:
//
//   node tests/wallboard/fake_server.mjs [--port 8262] [--calls 23] [--pbxs hq,branch]

import {readFileSync} from "node:fs";
import {createServer} from "node:http";
import {dirname, extname, join} from "node:path";
import {fileURLToPath} from "node:url";

import {Scene} from "./scene.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const web = join(root, "sinks/web");
const types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"};

// The policy that the program sends.
function policy() {
    const header = readFileSync(join(root, "sinks/web_assets.h"), "utf8");
    const words = header.match(/web_content_policy =\s*((?:"[^"]*"\s*)+);/)[1];
    return [...words.matchAll(/"([^"]*)"/g)].map((each) => each[1]).join("");
}

export class FakeServer {
    constructor(scene, {token = null} = {}) {
        this.scene = scene;
        this.token = token;
        this.refusal = null;  // {status} answered to those who ask for events
        this.readers = new Set();
        this.requests = [];
        this.policy = policy();
        this.server = createServer((request, response) => this.answer(request, response));
    }

    async start(port = 0) {
        await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
        this.port = this.server.address().port;
        this.url = `http://127.0.0.1:${this.port}/`;
        return this;
    }

    // As a crash would: every connection is cut and nobody listens.
    stop() {
        const closed = new Promise((done) => this.server.close(done));
        this.server.closeAllConnections();
        this.readers.clear();
        return closed;
    }

    // The same address again, as after a restart.
    async restart() {
        this.server = createServer((request, response) => this.answer(request, response));
        await this.start(this.port);
    }

    answer(request, response) {
        const path = request.url.split("?")[0];
        this.requests.push({url: request.url, headers: request.headers});
        if (path === "/api/events") return this.follow(request, response);
        const name = path === "/" ? "wallboard.html" : path.slice(1);
        try {
            if (!/^[a-z_]+[.](html|css|js)$/.test(name)) throw new Error("no such file");
            const body = readFileSync(join(web, name));
            response.writeHead(200, {"Content-Type": types[extname(name)],
                                     "Content-Security-Policy": this.policy});
            response.end(body);
        } catch {
            response.writeHead(404);
            response.end();
        }
    }

    follow(request, response) {
        const status = this.refusal ?? (this.token &&
            request.headers.authorization !== `Bearer ${this.token}` ? 401 : 200);
        if (status !== 200) {
            response.writeHead(status);
            return response.end();
        }
        response.writeHead(200, {"Content-Type": "text/event-stream", "Cache-Control": "no-store"});
        this.scene.takeChanges();  // they are in the state
        this.readers.add(response);
        response.on("close", () => this.readers.delete(response));
        this.say(response, "state", this.scene.state());
    }

    say(response, type, data) {
        response.write(`id: ${data.at}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    }

    // Tells everybody what changed.
    tell() {
        const change = this.scene.takeChanges();
        if (change) for (const reader of this.readers) this.say(reader, "change", change);
    }
}

function option(name, otherwise) {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const scene = new Scene({at: Date.now(), calls: Number(option("calls", 23)),
                             pbxs: option("pbxs", "hq").split(",")});
    const server = await new FakeServer(scene).start(Number(option("port", 8262)));
    console.log(`the page stands at ${server.url}`);
    setInterval(() => {
        scene.at = Date.now();
        scene.step();
        server.tell();
    }, 500);
}
