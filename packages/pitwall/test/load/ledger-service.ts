/**
 * A small shop for the tests of the ledger, and its own bookkeeper. `/orders` asks the database three times, `/light` and
 * `/heavy` compute for a fixed CPU time, `/truth` says what it has used so far. Arguments: the port to listen on and, when there
 * is a database, its URL.
 */
import { createServer } from 'node:http';
import pg from 'pg';

const [port, url] = process.argv.slice(2);
const pool = url === undefined ? null : new pg.Pool({ connectionString: url, max: 4 });
pool?.on('error', () => {});

const truth = { requests: 0, statements: 0, light: 0, heavy: 0 };

/** Seconds of CPU of this thread. */
function burn(seconds: number): void {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if ((user + system) / 1e6 >= seconds) return;
  }
}

async function orders(): Promise<number> {
  const start = performance.now();
  for (const id of [1, 2, 3]) {
    await pool!.query('SELECT * FROM orders WHERE customer = $1', [id]);
    truth.statements++;
  }
  return performance.now() - start;
}

const server = createServer(async (request, response) => {
  const start = performance.now();
  if (request.url === '/truth') {
    const { user, system } = process.cpuUsage();
    response.end(JSON.stringify({ ...truth, cpu: (user + system) / 1e6 }));
    return;
  }
  const timing: string[] = [];
  if (request.url === '/orders') timing.push(`db;dur=${(await orders()).toFixed(3)}`);
  if (request.url === '/light') {
    burn(0.001);
    truth.light++;
  }
  if (request.url === '/heavy') {
    burn(0.008);
    truth.heavy++;
  }
  truth.requests++;
  timing.push(`total;dur=${(performance.now() - start).toFixed(3)}`);
  response.setHeader('Server-Timing', timing.join(', '));
  response.end('ok');
});
server.listen(Number(port), '127.0.0.1', () => console.log('ready'));
