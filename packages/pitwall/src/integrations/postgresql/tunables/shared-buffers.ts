import { totalmem } from 'node:os';
import { printable } from '../../../errors.ts';
import { readMachine } from '../collectors/machine.ts';
import type { PostgresqlConnection } from '../connection.ts';
import type { MachineFact } from '../facts/server.ts';
import type { Found } from './setting-state.ts';
import { canonicalValue } from './setting-value.ts';

/** Above this share of the memory the server may not start, or leaves nothing for its sessions. [judgement] */
const MOST_SHARED = 0.6;
/** As in platform.ts: a tunable is told of no other. */
const KERNEL = { proc: '/proc', sys: '/sys' };
const WHOSE: Readonly<Record<NonNullable<MachineFact['memoryFrom']>, string>> = {
  cgroup: 'that the container of the server may have (cgroup)',
  host: 'of its host',
  option: 'that the option `machine` tells of',
};

/**
 * Why shared_buffers of that size would keep the server from starting again, or from working: the end of a sentence. Null for
 * another setting, for one that fits, and where the memory is not known. The limit is the one that the rules go by.
 * @param kernel folders of the kernel, for tests
 * @throws as `connection.query`
 */
export async function whyTooLarge(
  connection: Pick<PostgresqlConnection, 'query' | 'told'>,
  wanted: string,
  found: Pick<Found, 'name' | 'type' | 'unit' | 'blockSize' | 'here'>,
  kernel: { readonly proc: string; readonly sys: string } = KERNEL,
): Promise<string | null> {
  if (found.name !== 'shared_buffers') return null;
  const { memory, memoryFrom } = await readMachine(connection, kernel);
  // Where the kernel shows no processes (macOS), the host's memory is all that is known.
  const most = memory ?? (found.here ? totalmem() : null);
  if (most === null || Number(canonicalValue(wanted, found)) * found.blockSize <= MOST_SHARED * most) return null;
  const size = `${(most / 2 ** 30).toPrecision(3)} GiB ${WHOSE[memoryFrom ?? 'host']}`;
  return `${printable(wanted)} is more than ${MOST_SHARED * 100} % of the ${size}: the server might not start again`;
}
