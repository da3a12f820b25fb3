// A wallboard's feed from Kafka: the calls of now and who waits in which queue, as a line of JSON for
// each change, and once nothing is missing.
//
//   npm ci
//   node feed.mjs BROKERS [TOPIC]
//
// Events of one call come in order. `sequence` has no holes for a PBX, so what is missing shows: a
// number stays in `ahead` until those before it have come from their partitions.

import kafkajs from "kafkajs";
import lz4 from "lz4js";

const {CompressionCodecs, CompressionTypes, Kafka, logLevel} = kafkajs;

// callstream's batches are LZ4, which kafkajs leaves to others.
CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: async ({buffer}) => Buffer.from(lz4.compress(buffer)),
    decompress: async (buffer) => Buffer.from(lz4.decompress(buffer)),
});

const [brokers = "127.0.0.1:9092", topic = "calls.events"] = process.argv.slice(2);
const kafka = new Kafka({clientId: "wallboard-feed", brokers: brokers.split(","),
                         logLevel: logLevel.ERROR});
// Live state is made from the beginning each time: a group of its own that commits nothing.
const consumer = kafka.consumer({groupId: `wallboard-feed-${process.pid}-${Date.now()}`});

const calls = new Map();    // call_id -> state
const waiting = new Map();  // queue -> {time, count} of its callers
const seen = new Map();     // source -> {next, ahead}

// Whether this event is new; a repeat after a broker's failure is not.
function isNew({source, sequence}) {
    const number = Number(sequence);
    const state = seen.get(source) ?? {next: 1, ahead: new Set()};
    seen.set(source, state);
    if (number < state.next || state.ahead.has(number)) return false;
    state.ahead.add(number);
    while (state.ahead.delete(state.next)) state.next += 1;
    return true;
}

function apply({type, source, time, data}) {
    const call = `${source} ${data.call_id}`;
    if (type === "call.ended") calls.delete(call);
    else if (type.startsWith("call.") && data.state) calls.set(call, data.state);
    // Events of different calls come from different partitions: of a queue the latest counts.
    if (type.startsWith("queue.caller_") && typeof data.waiting === "number" &&
        time >= (waiting.get(data.queue)?.time ?? ""))
        waiting.set(data.queue, {time, count: data.waiting});
    return type.startsWith("call.") || type.startsWith("queue.");
}

await consumer.connect();
await consumer.subscribe({topic, fromBeginning: true});
await consumer.run({
    autoCommit: false,
    eachMessage: async ({message}) => {
        const event = JSON.parse(message.value.toString());
        if (!isNew(event)) return;
        const shown = apply(event);
        const ahead = [...seen.values()].reduce((sum, each) => sum + each.ahead.size, 0);
        if (!shown && ahead > 0) return;
        const counts = [...waiting].map(([queue, {count}]) => [queue, count]);
        console.log(JSON.stringify({time: event.time, calls: calls.size,
                                    waiting: Object.fromEntries(counts), ahead}));
    },
});

for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => consumer.disconnect().then(() => process.exit(0)));
