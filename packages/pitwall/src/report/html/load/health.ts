import type { LoadResult } from '../../../model/load.ts';
import { agentRows } from '../../content/load/agents.ts';
import { connectionRows } from '../../content/load/connections.ts';
import { healthRows, workerRows } from '../../content/load/generator.ts';
import { type Child, el } from '../element.ts';
import { badge, details, part, table } from '../parts.ts';

export function connectionsPart(load: LoadResult): Child {
  const rows = connectionRows(load);
  if (rows.length === 0) return null;
  return part(
    'Connections',
    el(
      'dl',
      {},
      rows.map(({ what, value, tone }) => [
        el('dt', {}, what),
        el('dd', { class: tone === 'plain' ? undefined : tone }, value),
      ]),
    ),
  );
}

const WORKERS = [
  { label: 'Worker' },
  { label: 'Loop busy', figure: true },
  { label: 'CPU', figure: true },
  { label: 'GC pauses', figure: true },
  { label: 'In all', figure: true },
  { label: 'Longest', figure: true },
] as const;

/** What the generator itself did: without it no number of a load can be believed. */
export function generatorPart(load: LoadResult): Child {
  const rows = healthRows(load).map(({ what, value, why }) => ({
    cells: [what, el('b', {}, value), { content: why, style: 'soft' }],
  }));
  const workers = workerRows(load).map((row) => ({
    cells: [row.worker, row.loop, row.cpu, row.pauses, row.paused, row.longest],
  }));
  return part(
    load.valid ? 'Why these numbers can be believed' : 'Why these numbers cannot be believed',
    table('Health of the generator', [{ label: 'Generator' }, { label: 'Measured' }, { label: 'Meaning' }], rows),
    workers.length > 1 ? details('Every worker', table('Workers', WORKERS, workers)) : null,
  );
}

const AGENTS = [
  { label: 'State' },
  { label: 'Agent' },
  { label: 'Host' },
  { label: 'Workers', figure: true },
  { label: 'Sent', figure: true },
  { label: 'Clock', figure: true },
] as const;

/** The machines that shared the load. */
export function agentsPart(load: LoadResult): Child {
  const rows = agentRows(load).map((row) => ({
    cells: [badge(row), row.name, row.host, row.workers, row.sent, row.clock],
  }));
  return rows.length === 0 ? null : part('Agents', table('Agents', AGENTS, rows));
}
