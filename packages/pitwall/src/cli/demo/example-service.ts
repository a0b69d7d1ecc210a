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

/** What a terminal and an init system send to a process group. */
const GROUP_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
/** Times that a command is begun when such a signal hits it each time: more than anybody presses Ctrl-C. */
const ATTEMPTS = 50;

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
async function runCommand(verb: string, command: readonly string[], signal: AbortSignal | null): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const ended = await runOnce(command, signal);
    if (ended.problem === null) return;
    signal?.throwIfAborted();
    // Between its fork and its own session a process still is in our group: a Ctrl-C in that moment ends it before it begins.
    if (ended.signal !== null && GROUP_SIGNALS.includes(ended.signal) && attempt < ATTEMPTS) continue;
    throw new PitwallError('DEMO_FAILED', { reason: `${verb}: ${ended.problem}` });
  }
}

interface CommandEnd {
  readonly problem: string | null;
  readonly signal: NodeJS.Signals | null;
}

function runOnce([file, ...args]: readonly string[], signal: AbortSignal | null): Promise<CommandEnd> {
  return new Promise((resolve) => {
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
    const settle = (problem: string | null, by: NodeJS.Signals | null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      resolve({ problem, signal: by });
    };
    child.once('error', (error) => settle(reasonOf(error), null));
    child.once('close', (code, by) => {
      if (late) settle(`it did not end within ${TIME_LIMIT} s`, by);
      else settle(code === 0 ? null : said.trim() || `it ended with ${by ?? `exit status ${code}`}`, by);
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
