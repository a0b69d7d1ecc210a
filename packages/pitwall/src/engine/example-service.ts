import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseDocument } from 'yaml';
import { PitwallError, reasonOf } from '../errors.ts';

const run = promisify(execFile);

/** An example service on disk: started and stopped only through its own control script, as an init system would. */
export interface ExampleService {
  readonly directory: string;
  readonly configFile: string;
  readonly database: string;
  generate(signal: AbortSignal): Promise<void>;
  start(signal: AbortSignal): Promise<void>;
  /** Idempotent; never throws for a service that is already gone. */
  stop(): Promise<void>;
}

/** Folder of the example: beside the bundle in an installed package, `examples/` at the root of a clone. */
function exampleFolder(name: string): { folder: string; control: string } {
  for (const [base, script] of [
    ['./examples', 'control.js'],
    ['../../../../examples', 'control.ts'],
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

  const runControl = async (verb: string, signal?: AbortSignal) => {
    const [file, ...args] = command(verb);
    try {
      await run(file!, args, { timeout: 60_000, ...(signal ? { signal } : {}) });
    } catch (error) {
      signal?.throwIfAborted();
      throw new PitwallError('DEMO_FAILED', { reason: `${verb}: ${reasonOf(error)}` }, { cause: error });
    }
  };
  return {
    directory,
    configFile,
    database: join(data, 'vending.db'),
    generate: (signal) => runControl('generate', signal),
    start: (signal) => runControl('start', signal),
    stop: () => runControl('stop').catch(() => {}),
  };
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
