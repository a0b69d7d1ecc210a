/**
 * A service of known cost: every request hashes as many bytes as its `bytes` parameter says, and nothing else. Hashing is
 * native code, so the cost does not depend on what the JIT compiler makes of it and when. Prints its port and how many bytes
 * take a millisecond.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const MOST = 16 * 2 ** 20;
const data = Buffer.alloc(MOST, 'pitwall');

function compute(bytes: number): string {
  return createHash('sha256').update(data.subarray(0, bytes)).digest('hex');
}

/** Best of many short runs: the speed of the machine when nothing disturbs it. */
function bytesPerMillisecond(): number {
  let best = 0;
  for (let run = 0; run < 100; run++) {
    const start = performance.now();
    compute(2 ** 19);
    best = Math.max(best, 2 ** 19 / (performance.now() - start));
  }
  return best;
}

const speed = bytesPerMillisecond();
const server = createServer((request, response) => {
  const bytes = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('bytes') ?? 0);
  response.end(compute(Math.min(bytes, MOST)));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : null, bytesPerMillisecond: speed }));
});
process.once('disconnect', () => process.exit());
