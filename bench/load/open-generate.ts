/** One open run of the load engine, in a process of its own so that it can be pinned. Prints what open.ts reads. */
import { runLoad } from '../../packages/pitwall/src/load/engine.ts';

const [url, rate, seconds] = process.argv.slice(2);
const { origin, pathname } = new URL(url!);
const { latency, sent, valid, invalidBecause } = await runLoad(
  {
    url: origin,
    endpoints: [{ name: 'all', method: 'GET', path: pathname, headers: {}, weight: 1 }],
    shape: 'constant-rate',
    rate: Number(rate),
    users: 2000,
    duration: Number(seconds) - 1,
    warmup: 1,
    timeout: 10,
    workers: 1,
    seed: 1,
    allow: [],
  },
  { signal: new AbortController().signal },
);
const levels = ({ p50, p90, p99, p999 }: typeof latency.response) => [p50, p90, p99, p999].map((value) => value * 1000);
console.log(
  JSON.stringify({
    levels: levels(latency.response),
    max: latency.response.max * 1000,
    service: levels(latency.service),
    sent,
    rejected: valid ? null : invalidBecause.join(' '),
  }),
);
