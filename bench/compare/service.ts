/**
 * A service of known slowness: it answers each request after a delay drawn from a log-normal distribution (median `median` ms,
 * sigma 0.25), times the `factor` of the request. So +10 % is +10 % of every delay, by construction. Prints its port.
 */
import { createServer } from 'node:http';
import { seededRandom } from '../../packages/pitwall/src/stats/random.ts';

const SIGMA = 0.25;
const random = seededRandom(7);

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Timers take whole milliseconds: the rest is a chance of one more, so that the mean is exact. */
function whole(milliseconds: number): number {
  return Math.floor(milliseconds) + (random() < milliseconds % 1 ? 1 : 0);
}

const server = createServer((request, response) => {
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  const [median, factor] = [Number(query.get('median') ?? 30), Number(query.get('factor') ?? 1)];
  setTimeout(() => response.end('done'), whole(factor * median * Math.exp(SIGMA * normal())));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : null }));
});
process.once('disconnect', () => process.exit());
