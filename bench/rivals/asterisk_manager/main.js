// AMI events to a Redis Stream with asterisk-manager and ioredis; see ../README.md.
'use strict';

const AsteriskManager = require('asterisk-manager');
const Redis = require('ioredis');

const { AMI_PORT, TARGET, STREAM } = process.env;
const events = Number(process.env.EVENTS);
const batchSize = 500;

const redis = new Redis(Number(TARGET));
const manager = new AsteriskManager(Number(AMI_PORT), '127.0.0.1', 'callstream', 'callstream', true);

let waiting = [];
let sending = false;
let acknowledged = 0;

async function deliver() {
  sending = true;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, batchSize);
    const pipeline = redis.pipeline();
    for (const event of batch)
      pipeline.xadd(STREAM, '*', 'type', event.event, 'data', JSON.stringify(event));
    for (const [problem] of await pipeline.exec()) if (problem) throw problem;
    acknowledged += batch.length;
    if (acknowledged >= events) process.exit(0);
  }
  sending = false;
}

manager.on('managerevent', (event) => {
  waiting.push(event);
  if (!sending) deliver();
});
