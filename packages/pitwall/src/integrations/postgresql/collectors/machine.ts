import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import type { Environment } from '../../../model/integration.ts';
import { readCgroup } from '../../_proc/cgroup.ts';
import { parseKeyed, textOf } from '../../_proc/read.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { MachineFact } from '../facts/server.ts';
import { diskUnder } from './disk.ts';
import { allowedCpus, findBackend, type Self } from './find-backend.ts';

/** Of databases that it may not connect to, a role is not told the size. Where the files are is for those alone that may read all settings. */
const QUESTION = `${OURS} pg_catalog.pg_backend_pid() AS pid, pg_catalog.inet_client_port() AS port, current_database()::text AS database,
       session_user::text AS "user", current_setting('server_version_num')::int AS version,
       (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory') AS directory,
       (SELECT coalesce(sum(pg_catalog.pg_database_size(d.oid)), 0)::float8 FROM pg_catalog.pg_database d
         WHERE pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')) AS "dataBytes"`;

interface Row extends Self {
  readonly version: number;
  readonly directory: string | null;
  readonly dataBytes: number;
}

const ELSEWHERE =
  'the server was not found among the processes of this host: say what it has with the option `machine`';

/** What the server may use: found out where it runs on this host, and said by the option `machine` where not. */
export const machine = defineCollector<PostgresqlConnection>({
  id: 'machine',
  title: 'Memory, processors and disk of the server',
  kind: 'collector',
  timeLimit: 15,
  async collect(connection, { environment }) {
    const value = await readMachine(connection, environment);
    return {
      facts: [fact('postgresql.machine', '', value)],
      gaps: value.memory === null ? [{ what: 'postgresql.machine', why: ELSEWHERE }] : [],
    };
  },
});

/** What the server may use, as the option `machine` says and as this host tells. @throws as `connection.query` */
export async function readMachine(
  connection: Pick<PostgresqlConnection, 'query' | 'told'>,
  kernel: Pick<Environment, 'proc' | 'sys'>,
): Promise<MachineFact> {
  const [row] = await connection.query<Row & Record<string, unknown>>(QUESTION);
  const pid = await findBackend(kernel.proc, row!);
  const seen = pid === null ? UNKNOWN : await limitsOf(kernel, pid, row!.directory);
  const { memory, cpus, disk } = connection.told.machine ?? {};
  return {
    ...seen,
    ...(memory === undefined ? {} : { memory, memoryFrom: 'option' as const }),
    ...(cpus === undefined ? {} : { cpus, cpusFrom: 'option' as const }),
    ...(disk === undefined ? {} : { disk }),
    here: pid !== null,
    dataBytes: row!.dataBytes,
    version: row!.version,
    workload: connection.told.workload ?? null,
  };
}

type Limits = Pick<MachineFact, 'memory' | 'memoryFrom' | 'cpus' | 'cpusFrom' | 'disk'>;
const UNKNOWN: Limits = { memory: null, memoryFrom: null, cpus: null, cpusFrom: null, disk: null };

/** The tightest of the host's and of the cgroup's: a container's limit is what ends the server, not the host's memory. */
async function limitsOf(
  { proc, sys }: Pick<Environment, 'proc' | 'sys'>,
  pid: number,
  directory: string | null,
): Promise<Limits> {
  const kilobytes = parseKeyed((await textOf(join(proc, 'meminfo'))) ?? '').get('MemTotal');
  const host = kilobytes === undefined ? null : kilobytes * 1024;
  const group = await readCgroup(proc, sys, pid);
  const memoryLimit = typeof group === 'string' || typeof group.memory === 'string' ? null : group.memory.limit;
  const cpuLimit = typeof group === 'string' || typeof group.cpu === 'string' ? null : group.cpu.limit;
  const allowed = await allowedCpus(proc, pid);
  const isMemoryLimited = memoryLimit !== null && (host === null || memoryLimit < host);
  const isCpuLimited = cpuLimit !== null && (allowed === null || cpuLimit < allowed);
  return {
    memory: isMemoryLimited ? memoryLimit : host,
    memoryFrom: isMemoryLimited ? 'cgroup' : host === null ? null : 'host',
    cpus: isCpuLimited ? cpuLimit : allowed,
    cpusFrom: isCpuLimited ? 'cgroup' : allowed === null ? null : 'host',
    disk: directory === null ? null : await diskUnder(proc, sys, pid, directory),
  };
}
