import { defineCollector } from '../../../model/define.ts';
import { readCgroup } from '../../_proc/cgroup.ts';
import { cgroupSamples } from '../../_proc/cgroup-samples.ts';
import { overWindow } from '../../_proc/window.ts';
import type { ProcessConnection } from '../connection.ts';

/** Limits, throttling and pressure of the cgroup that the service's first process is in. */
export const cgroup = defineCollector<ProcessConnection>({
  id: 'cgroup',
  title: "Limits and pressure of the service's cgroup",
  kind: 'collector',
  timeLimit: 10,
  watchesLoad: true,
  async collect(connection, context) {
    const { environment } = context;
    const window = await overWindow(context, async () => {
      const found = await connection.current(environment);
      if (typeof found === 'string') return found;
      return readCgroup(environment.proc, environment.sys, found.roots[0]!);
    });
    return cgroupSamples('process', window);
  },
});
