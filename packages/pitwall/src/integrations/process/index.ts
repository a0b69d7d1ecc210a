import { defineIntegration } from '../../model/define.ts';
import type { DetectContext, Detected } from '../../model/integration.ts';
import { processDescription } from '../_proc/describe.ts';
import { cgroup } from './collectors/cgroup.ts';
import { instances } from './collectors/instances.ts';
import { memory } from './collectors/memory.ts';
import { usage } from './collectors/usage.ts';
import { connectProcess, type ProcessConnection } from './connection.ts';
import { indicators } from './indicators.ts';
import { processLedger } from './ledger.ts';
import { describeOptions, type ProcessOptions, processOptions } from './options.ts';
import { fdLimitNear } from './rules/fd-limit-near.ts';

export default defineIntegration<ProcessOptions, ProcessConnection>({
  id: 'process',
  title: 'Processes of the service',
  description:
    'CPU, memory, threads, open files, context switches, waiting, I/O and limits of the processes that make up the service.',
  options: processOptions,
  targetTitle: describeOptions,
  detect,
  connect: (options, { environment }) => connectProcess(options, environment),
  async close() {},
  collectors: [instances, usage, memory, cgroup],
  indicators,
  rules: [fdLimitNear],
  counters: (connection, environment) => processLedger(connection, environment),
  tunables: [],
  confirmations: [],
});

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Proposes the port, not the pid: it outlives a restart. */
async function detect({ environment, url, listeners }: DetectContext): Promise<readonly Detected[]> {
  const [pid] = listeners;
  const port = url ? Number(url.port) || DEFAULT_PORTS[url.protocol] : undefined;
  if (pid === undefined || port === undefined) return [];
  const found = await processDescription(environment.proc, pid);
  const unit = found?.systemdUnit ? `, unit ${found.systemdUnit}` : '';
  const who = found ? `${found.name} (process ${pid}${unit})` : `process ${pid}`;
  return [{ id: 'process', options: { port }, notes: { port: `certain: ${who} listens there now` } }];
}
