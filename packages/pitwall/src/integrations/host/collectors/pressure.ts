import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import { pressureSamples, readPressure } from '../../_proc/pressure.ts';
import { overWindow } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

/** Stall of the whole machine: `host.cpu.pressure`, `host.memory.pressure`, `host.io.pressure`. */
export const pressure = defineCollector<HostConnection>({
  id: 'pressure',
  title: 'Pressure: time in which tasks waited for CPU, memory or I/O',
  kind: 'collector',
  timeLimit: 5,
  watchesLoad: true,
  async collect(_connection, context) {
    const read = () => readPressure((resource) => join(context.environment.proc, 'pressure', resource));
    return pressureSamples('host', await overWindow(context, read));
  },
});
