import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../../../errors.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import { notMeasurable, readText } from '../../_proc/read.ts';
import { growth, overWindow, sample } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

/** Counters of one interface since it came up. Format: https://man7.org/linux/man-pages/man5/proc_pid_net.5.html */
export interface InterfaceCounters {
  readonly received: number;
  readonly sent: number;
  /** Packets dropped, both directions. */
  readonly drops: number;
  /** Packets with errors, both directions. */
  readonly errors: number;
}

export function parseInterfaces(text: string): ReadonlyMap<string, InterfaceCounters> {
  const interfaces = new Map<string, InterfaceCounters>();
  for (const line of text.split('\n').slice(2)) {
    const colon = line.lastIndexOf(':');
    if (colon < 0) continue;
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    if (fields.length < 16) continue;
    const at = (index: number) => fields[index]!;
    interfaces.set(line.slice(0, colon).trim(), {
      received: at(0),
      sent: at(8),
      drops: at(3) + at(11),
      errors: at(2) + at(10),
    });
  }
  return interfaces;
}

/** Real network cards; inside a container, which sees none, all but the loopback. */
async function outward(sys: string, names: readonly string[]): Promise<readonly string[]> {
  const others = names.filter((name) => name !== 'lo');
  const cards: string[] = [];
  for (const name of others) {
    await access(join(sys, 'class', 'net', name, 'device')).then(
      () => cards.push(name),
      () => {},
    );
  }
  return cards.length > 0 ? cards : others;
}

export const network = defineCollector<HostConnection>({
  id: 'network',
  title: 'Network interfaces: bytes, drops, errors',
  kind: 'collector',
  timeLimit: 5,
  watchesLoad: true,
  async collect(_connection, context) {
    const { environment } = context;
    const { before, after, elapsed, at } = await overWindow(context, () =>
      readText(join(environment.proc, 'net', 'dev')),
    );
    if (before.text === null || after.text === null) {
      return { gaps: [notMeasurable('host.network', before.why ?? after.why ?? 'no reading')] };
    }
    const [first, second] = [parseInterfaces(before.text), parseInterfaces(after.text)];
    const samples: Sample[] = [];
    const gaps: Gap[] = [];
    const names = await outward(environment.sys, [...second.keys()]);
    for (const name of names) {
      for (const key of ['received', 'sent', 'drops', 'errors'] as const) {
        const grown = growth(first.get(name)?.[key], second.get(name)?.[key]);
        if (grown === null)
          gaps.push(notMeasurable(`host.network.${key} of ${name}`, 'its counters do not span the window'));
        else samples.push(sample(`host.network.${key}`, at, grown / elapsed, { interface: printable(name) }));
      }
    }
    if (names.length === 0) gaps.push(notMeasurable('host.network', 'there is no interface but the loopback'));
    return { samples, gaps };
  },
});
