import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Mood } from './shop-server.ts';

const FILE = join(import.meta.dirname, 'shop-server.ts');

/** The shop as a process of its own: it can be killed, and started again on the same port. */
export interface ShopProcess {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Changes how it behaves from now on. */
  set(mood: Mood): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts it; it is gone after the test. `port` 0: any. */
export async function startShop(t: TestContext, port = 0): Promise<ShopProcess> {
  const child = fork(FILE, [String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const gone = once(child, 'exit');
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await gone;
  };
  t.after(kill);
  const [message] = (await Promise.race([
    once(child, 'message'),
    gone.then(() => {
      throw new Error('the shop did not start');
    }),
  ])) as [{ port: number }];
  return {
    url: `http://127.0.0.1:${message.port}`,
    port: message.port,
    child,
    set: (mood) => child.send(mood),
    kill,
  };
}
