import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { PitwallError, reasonOf } from '../../errors.ts';

/** Seconds that one command of the control script may take. */
const TIME_LIMIT = 60;
/** Characters of a command's output that a message quotes: the last ones, where the reason stands. */
const QUOTED_OUTPUT = 200;

/** An example service on disk: started and stopped only through its own control script, as an init system would. */
export interface ExampleService {
  readonly directory: string;
  readonly configFile: string;
  readonly database: string;
  /** Leaves no half-written file behind when the signal ends it. `scale` 1 is about a million rows. */
  generate(signal: AbortSignal, scale?: number): Promise<void>;
  /** Finished even when the signal comes in the middle (it then rejects): what is half-started could not be stopped. */
  start(signal: AbortSignal): Promise<void>;
  /** Idempotent. Rejects when the service is still there afterwards. */
  stop(): Promise<void>;
}

/** Folder of the example: beside the bundle in an installed package, `examples/` at the root of a clone. */
function exampleFolder(name: string): { folder: string; control: string } {
  for (const [base, script] of [
    ['./examples', 'control.js'],
    ['../../../../../examples', 'control.ts'],
  ] as const) {
    const folder = join(import.meta.dirname, base, name);
    if (existsSync(join(folder, script))) return { folder, control: join(folder, script) };
  }
  throw new PitwallError('DEMO_FAILED', { reason: `the example ${name} is not part of this installation` });
}

/**
 * Sets the example up in `directory`: its own configuration file, with the port, the paths and the control commands of this
 * installation filled in. Starts nothing.
 */
export async function prepareExample(name: string, directory: string): Promise<ExampleService> {
  const { folder, control } = exampleFolder(name);
  const data = join(directory, 'data');
  mkdirSync(data, { recursive: true });
  const port = await freePort();
  const command = (verb: string) => [process.execPath, control, verb, '--directory', data, '--port', String(port)];
  const configFile = join(directory, 'pitwall.yaml');
  const document = parseDocument(readFileSync(join(folder, 'pitwall.yaml'), 'utf8'));
  document.setIn(['service', 'stop'], command('stop'));
  document.setIn(['service', 'start'], command('start'));
  document.setIn(['targets', 'web', 'url'], `http://127.0.0.1:${port}`);
  document.setIn(['targets', 'process', 'port'], port);
  writeFileSync(configFile, document.toString({ lineWidth: 0 }));

  const database = join(data, 'vending.db');
  return {
    directory,
    configFile,
    database,
    async generate(signal, scale = 1) {
      try {
        await runCommand('generate', [...command('generate'), '--scale', String(scale)], signal);
      } catch (error) {
        rmSync(`${database}.partial`, { force: true });
        throw error;
      }
    },
    async start(signal) {
      signal.throwIfAborted();
      await runCommand('start', command('start'), null);
      signal.throwIfAborted();
    },
    stop: () => runCommand('stop', command('stop'), null),
  };
}

/**
 * Runs one command of the control script in a session of its own, so that Ctrl-C, which a terminal sends to a whole process
 * group, ends it only when we say so. With a signal, that kills it. Throws DEMO_FAILED.
 */
async function runCommand(verb: string, [file, ...args]: readonly string[], signal: AbortSignal | null): Promise<void> {
  signal?.throwIfAborted();
  const failed = (reason: string) => new PitwallError('DEMO_FAILED', { reason: `${verb}: ${reason}` });
  await new Promise<void>((resolve, reject) => {
    const child = spawn(file!, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      said = (said + chunk).slice(-QUOTED_OUTPUT);
    });
    const kill = () => child.kill('SIGKILL');
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, TIME_LIMIT * 1000);
    signal?.addEventListener('abort', kill);
    const settle = (problem: string | null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      if (problem === null) resolve();
      else reject(signal?.aborted ? signal.reason : failed(problem));
    };
    child.once('error', (error) => settle(reasonOf(error)));
    child.once('close', (code) => {
      if (late) settle(`it did not end within ${TIME_LIMIT} s`);
      else settle(code === 0 ? null : said.trim() || `it ended with exit status ${code}`);
    });
  });
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string')
    throw new PitwallError('DEMO_FAILED', { reason: 'no free port' });
  return address.port;
}
