import { hostname } from 'node:os';
import { z } from 'zod';
import { defineIntegration } from '../../model/define.ts';
import { cgroup } from './collectors/cgroup.ts';
import { cpu } from './collectors/cpu.ts';
import { disk } from './collectors/disk.ts';
import { filesystem } from './collectors/filesystem.ts';
import { load } from './collectors/load.ts';
import { memory } from './collectors/memory.ts';
import { network } from './collectors/network.ts';
import { pressure } from './collectors/pressure.ts';
import { scheduler } from './collectors/scheduler.ts';
import { system } from './collectors/system.ts';
import { tcp } from './collectors/tcp.ts';
import type { HostConnection } from './connection.ts';
import { indicators } from './indicators.ts';
import { hostLedger } from './ledger.ts';
import { cpuSaturated } from './rules/cpu-saturated.ts';
import { memoryPressure } from './rules/memory-pressure.ts';

type HostOptions = Record<string, never>;

export default defineIntegration<HostOptions, HostConnection>({
  id: 'host',
  title: 'Host',
  description:
    'The machine that Pitwall runs on: CPU, memory, disks, filesystems, network, pressure and limits, read from /proc and /sys.',
  options: z.strictObject({}).describe('The host needs no options.') as unknown as z.ZodType<HostOptions>,
  targetTitle: () => hostname(),
  async detect() {
    return [{ id: 'host', options: {}, notes: {} }];
  },
  async connect() {
    return { hanging: new Set() };
  },
  async close() {},
  collectors: [system, cpu, load, scheduler, memory, pressure, disk, filesystem, network, tcp, cgroup],
  indicators,
  rules: [cpuSaturated, memoryPressure],
  counters: (_, environment) => hostLedger(environment),
  tunables: [],
  confirmations: [],
});
