import { join } from 'node:path';
import { printable } from '../../../errors.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Gap } from '../../../model/observation.ts';
import { cpuCount } from '../../_proc/process-table.ts';
import { notMeasurable, parseKeyed, readText } from '../../_proc/read.ts';
import type { HostConnection } from '../connection.ts';

/** What the machine is: the fact `host.system`. A value that cannot be read is null in it, and a gap. */
export const system = defineCollector<HostConnection>({
  id: 'system',
  title: 'Size and kernel of the host',
  kind: 'collector',
  timeLimit: 5,
  async collect(_connection, { environment: { proc } }) {
    const gaps: Gap[] = [];
    const read = async (what: string, file: string): Promise<string | null> => {
      const { text, why } = await readText(join(proc, file));
      if (text === null) gaps.push(notMeasurable(`host.system ${what}`, why));
      return text;
    };
    const stat = await read('cpus', 'stat');
    const meminfo = await read('memory', 'meminfo');
    const release = await read('kernel', 'sys/kernel/osrelease');
    const bootId = await read('boot id', 'sys/kernel/random/boot_id');
    const totalKiB = meminfo === null ? undefined : parseKeyed(meminfo).get('MemTotal');
    const value = {
      cpus: stat === null ? null : cpuCount(stat),
      memoryBytes: totalKiB === undefined ? null : totalKiB * 1024,
      kernel: release === null ? null : printable(release),
      bootId: bootId === null ? null : printable(bootId),
    };
    return { facts: [{ kind: 'host.system', key: 'host', value }], gaps };
  },
});
