import { defineCollector } from '../../../model/define.ts';
import { readCgroup } from '../../_proc/cgroup.ts';
import { cgroupSamples } from '../../_proc/cgroup-samples.ts';
import { overWindow } from '../../_proc/window.ts';
import type { HostConnection } from '../connection.ts';

/** In a container the "host" is as large as the cgroup that we run in allows, whatever /proc says. */
export const cgroup = defineCollector<HostConnection>({
  id: 'cgroup',
  title: 'Limits of the cgroup that Pitwall runs in',
  kind: 'collector',
  timeLimit: 5,
  watchesLoad: true,
  async collect(_connection, context) {
    const { environment } = context;
    const read = () => readCgroup(environment.proc, environment.sys, 'self');
    return cgroupSamples('host', await overWindow(context, read));
  },
});
