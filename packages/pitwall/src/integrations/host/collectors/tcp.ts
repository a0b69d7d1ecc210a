import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import type { Gap, Sample } from '../../../model/observation.ts';
import { notMeasurable, type Reading, readText } from '../../_proc/read.ts';
import { growth, overWindow, sample } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

/** Pairs of lines, names over values: `Tcp: ActiveOpens …` / `Tcp: 53 …`, as `Tcp.ActiveOpens` → 53. */
export function parseProtocolCounters(text: string): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  const lines = text.split('\n');
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const [protocol, ...names] = lines[index]!.trim().split(/\s+/);
    const values = lines[index + 1]!.trim().split(/\s+/).slice(1).map(Number);
    for (const [column, name] of names.entries()) {
      const value = values[column];
      if (value !== undefined && Number.isFinite(value)) counters.set(`${protocol!.replace(/:$/, '')}.${name}`, value);
    }
  }
  return counters;
}

interface Readings {
  readonly snmp: Reading;
  readonly netstat: Reading;
}

/** TCP health of the whole host (of our network namespace, to be exact). */
export const tcp = defineCollector<HostConnection>({
  id: 'tcp',
  title: 'TCP: retransmissions and full accept queues',
  kind: 'collector',
  timeLimit: 5,
  watchesLoad: true,
  async collect(_connection, context) {
    const { environment } = context;
    const window = await overWindow<Readings>(context, async () => ({
      snmp: await readText(join(environment.proc, 'net', 'snmp')),
      netstat: await readText(join(environment.proc, 'net', 'netstat')),
    }));
    const samples: Sample[] = [];
    const gaps: Gap[] = [];
    const grown = (file: keyof Readings, counter: string): number | null =>
      growth(
        parseProtocolCounters(window.before[file].text ?? '').get(counter),
        parseProtocolCounters(window.after[file].text ?? '').get(counter),
      );
    const missing = (file: keyof Readings) =>
      window.before[file].why ?? window.after[file].why ?? 'the kernel does not count it';

    const sent = grown('snmp', 'Tcp.OutSegs');
    const again = grown('snmp', 'Tcp.RetransSegs');
    if (sent === null || again === null) gaps.push(notMeasurable('host.tcp.retransmit.ratio', missing('snmp')));
    else if (sent + again === 0)
      gaps.push(notMeasurable('host.tcp.retransmit.ratio', 'nothing was sent in the window'));
    // OutSegs leaves out segments that only repeat data (RFC 1213, tcpOutSegs), so both together are what was sent.
    else samples.push(sample('host.tcp.retransmit.ratio', window.at, again / (sent + again)));

    for (const [name, counter] of [
      ['host.tcp.listen.overflows', 'TcpExt.ListenOverflows'],
      ['host.tcp.listen.drops', 'TcpExt.ListenDrops'],
    ] as const) {
      const count = grown('netstat', counter);
      if (count === null) gaps.push(notMeasurable(name, missing('netstat')));
      else samples.push(sample(name, window.at, count / window.elapsed));
    }
    return { samples, gaps };
  },
});
