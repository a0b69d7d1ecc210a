import { readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { printable } from '../../errors.ts';
import { processDescription } from '../../integrations/_proc/describe.ts';

/** A process that listens. Its command line is left out: it may hold secrets, and the file may be shared. */
export interface Listener {
  readonly pid: number;
  readonly name: string;
  readonly systemdUnit: string | null;
  readonly cgroup: string | null;
  /** Ids of its children: the master of a group of workers is the one that has the others as children. */
  readonly children: readonly number[];
}

/** Null when the process has ended meanwhile. */
export async function describeListener(proc: string, pid: number): Promise<Listener | null> {
  const description = await processDescription(proc, pid);
  if (!description) return null;
  const { name, systemdUnit, cgroup, children } = description;
  return { pid, name, systemdUnit, cgroup, children };
}

/** Programs that run somebody's program: their own name says nothing. Node's main thread calls itself MainThread. */
const INTERPRETER =
  /^(node|MainThread|deno|bun|python[\d.]*|ruby|php(-fpm)?[\d.]*|perl|java|dotnet|uvicorn|gunicorn|uwsgi|puma)(:.*)?$/i;

/** What to call the service: its unit, or else its program, or else the folder that an interpreter runs in, or the host. */
export async function serviceName(
  proc: string,
  listeners: readonly Listener[],
  url: URL,
): Promise<{ name: string; nameFrom: string }> {
  const main = mainOf(listeners);
  if (!main) return { name: clean(url.hostname, 'service'), nameFrom: 'the host in the URL' };
  if (main.systemdUnit) {
    const name = clean(main.systemdUnit.replace(/\.service$/, ''), 'service');
    return { name, nameFrom: `the systemd unit of process ${main.pid}` };
  }
  if (INTERPRETER.test(main.name)) {
    const folder = await readlink(join(proc, String(main.pid), 'cwd')).catch(() => '/');
    const name = clean(basename(folder), '');
    if (name !== '') return { name, nameFrom: `the folder that process ${main.pid} (${main.name}) runs in` };
  }
  return { name: clean(main.name, 'service'), nameFrom: `the name of process ${main.pid}, which listens on the port` };
}

/** The listener that is nobody's child among the listeners; null when there is none. */
export function mainOf(listeners: readonly Listener[]): Listener | null {
  const children = new Set(listeners.flatMap((listener) => listener.children));
  return listeners.find(({ pid }) => !children.has(pid)) ?? listeners[0] ?? null;
}

function clean(text: string, otherwise: string): string {
  return (
    printable(text.replace(/[^\p{L}\p{N}._@:-]+/gu, '-').replace(/^[-[\]]+|[-[\]]+$/g, '')).slice(0, 80) || otherwise
  );
}
