import type { LoadAgent, LoadResult } from '../../../model/load.ts';
import { formatDuration, formatNumber, NOTHING } from '../../format.ts';
import { clean } from '../../text.ts';
import type { Word } from '../words.ts';

export interface AgentRow extends Word {
  readonly name: string;
  readonly host: string;
  readonly workers: string;
  readonly sent: string;
  /** `+1.2 ms ± 300 µs`: how far its clock was from the common one. */
  readonly clock: string;
}

const STATE: Readonly<Record<LoadAgent['state'], Word>> = {
  done: { word: 'DONE', tone: 'good' },
  interrupted: { word: 'INTERRUPTED', tone: 'warn' },
  lost: { word: 'LOST', tone: 'bad' },
};

function clockText({ clockOffset, clockUncertainty }: LoadAgent): string {
  if (clockOffset === null) return NOTHING;
  const offset = `${clockOffset > 0 ? '+' : ''}${formatDuration(clockOffset)}`;
  return clockUncertainty === null ? offset : `${offset} ± ${formatDuration(clockUncertainty)}`;
}

/** The machines that shared the load. Empty when this one ran it alone. */
export function agentRows({ agents = [] }: LoadResult): readonly AgentRow[] {
  return agents.map((agent) => ({
    ...STATE[agent.state],
    name: clean(agent.name),
    host: clean(agent.host),
    workers: formatNumber(agent.workers),
    sent: agent.sent === null ? 'not counted' : formatNumber(agent.sent),
    clock: clockText(agent),
  }));
}
