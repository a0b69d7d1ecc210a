import type { LoadLedger, ServerTruth, TruthMoment } from '../../model/ledger.ts';
import type { GeneratorHealth } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { countOf, formatDuration, formatNumber, formatPercent, NOTHING } from '../format.ts';
import { clean } from '../text.ts';

/** What the client saw and what the service says of one step. */
export interface TruthRow {
  readonly step: string;
  readonly source: string;
  readonly client: string;
  readonly server: string;
  readonly between: string;
  readonly betweenP50: string;
  readonly betweenP99: string;
  readonly clientCount: string;
  readonly serverCount: string;
}

export function truthRows({ ledger }: Report): readonly TruthRow[] {
  return (ledger?.serverTruth ?? []).map((truth) => ({
    step: clean(truth.step),
    source: truth.source === 'access-log' ? 'log' : 'header',
    client: formatDuration(truth.clientMean),
    server: formatDuration(truth.serverMean),
    between: formatDuration(truth.between.mean),
    betweenP50: withGrain(truth.between.p50, truth.resolution),
    betweenP99: withGrain(truth.between.p99, truth.resolution),
    clientCount: formatNumber(truth.client),
    serverCount: formatNumber(truth.server),
  }));
}

/** A percentile of a log in whole milliseconds says nothing about microseconds; its mean evens that out. */
function withGrain(seconds: number, resolution: number): string {
  return Math.abs(seconds) < resolution ? `< ${formatDuration(resolution)}` : formatDuration(seconds);
}

/** All steps together, of the better source: a log is written by somebody who does not know that he is watched. */
interface Overall {
  readonly source: ServerTruth['source'];
  readonly count: number;
  readonly client: number;
  readonly server: number;
  readonly p50: number;
  readonly p99: number;
  readonly resolution: number;
}

function overallOf({ serverTruth }: LoadLedger): Overall | null {
  const source = serverTruth.some((truth) => truth.source === 'access-log') ? 'access-log' : 'server-timing';
  const rows = serverTruth.filter((truth) => truth.source === source && truth.server > 0);
  const count = rows.reduce((sum, { server }) => sum + server, 0);
  if (count === 0) return null;
  const mean = (pick: (truth: ServerTruth) => number) =>
    rows.reduce((sum, truth) => sum + pick(truth) * truth.server, 0) / count;
  return {
    source,
    count,
    client: mean(({ clientMean }) => clientMean),
    server: mean(({ serverMean }) => serverMean),
    p50: mean(({ between }) => between.p50),
    p99: mean(({ between }) => between.p99),
    resolution: Math.max(...rows.map(({ resolution }) => resolution)),
  };
}

/** What lies between the service and the client, and whom that speaks against. Empty when the service says nothing. */
export function truthSentences({ ledger, load }: Report): readonly string[] {
  const overall = ledger ? overallOf(ledger) : null;
  if (!ledger || !load || overall === null) return [];
  const { client, server, source, count } = overall;
  if (!(Number.isFinite(client) && Number.isFinite(server))) return [];
  const gap = client - server;
  const says = source === 'access-log' ? "The service's log says" : 'The service says';
  const figures = `${says} ${formatDuration(server)}, the client saw ${formatDuration(client)} (means of ${countOf(count, 'request')})`;
  if (gap < -overall.resolution) {
    if (source === 'server-timing') return [];
    return [`${figures}: it says more than was waited for, so its clock counts something else.`];
  }
  const between = `${figures}: ${formatDuration(Math.max(0, gap))} lie between them (network, accept queue, generator).`;
  const suspected = suspect(overall, ledger.truthOverTime, load.generator);
  // What headers say is told with the load itself: only what follows from it is new here.
  if (source === 'server-timing' && suspected === null) return [];
  const grain =
    overall.resolution >= 1e-3
      ? [`The log has times in steps of ${formatDuration(overall.resolution)}: only means say less than that.`]
      : [];
  return [suspected === null ? between : `${between} ${suspected}`, ...grain];
}

/** Below this nobody is to blame: a kernel, a loopback and two event loops take as much. Seconds. */
const SMALL = 1e-3;
/** Part of the client's time from which on the way, and not the service, is what is measured. */
const LARGE = 0.25;
/** What the validity gate allows a generator (DESIGN §7). */
const LATE = 2e-3;
const BUSY = 0.85;

function suspect(overall: Overall, overTime: readonly TruthMoment[], generator: GeneratorHealth): string | null {
  const gap = overall.client - overall.server;
  if (gap < Math.max(SMALL, overall.resolution) || gap < LARGE * overall.client) return null;
  if (generator.lateness.p99 > LATE) {
    return `Suspect the generator: its requests were late, too (p99 ${formatDuration(generator.lateness.p99)}).`;
  }
  const busy = Math.max(generator.loopUtilisation, generator.cpuUtilisation);
  if (busy > BUSY) return `Suspect the generator: ${formatPercent(busy)} of its time was taken.`;
  const growth = growthOf(overTime);
  if (growth !== null) {
    return `That grew from ${formatDuration(growth.from)} to ${formatDuration(growth.to)} while the service stayed calm: suspect the accept queue or a proxy or pool before the service, then the generator.`;
  }
  if (overall.p99 > 3 * Math.max(SMALL, overall.p50)) {
    return `It is ${told(overall.p50)} for half of them and ${told(overall.p99)} at p99, so requests wait at times before the service sees them: suspect its accept queue, or a proxy or pool before it.`;
  }
  return 'It is about the same for all of them, as a long way, or a proxy before the service, would make it.';
}

function told(seconds: number): string {
  return Number.isFinite(seconds) ? formatDuration(Math.max(0, seconds)) : NOTHING;
}

/** Between first and last third of the run: what lies between, when it grew by half and more while the service's own time did not. */
function growthOf(overTime: readonly TruthMoment[]): { readonly from: number; readonly to: number } | null {
  if (overTime.length < 6) return null;
  const third = Math.floor(overTime.length / 3);
  const mean = (moments: readonly TruthMoment[], pick: (moment: TruthMoment) => number) =>
    moments.reduce((sum, moment) => sum + pick(moment), 0) / moments.length;
  const [first, last] = [overTime.slice(0, third), overTime.slice(-third)];
  const gap = ({ client, server }: TruthMoment) => client - server;
  const [from, to] = [mean(first, gap), mean(last, gap)];
  const [early, late] = [mean(first, ({ server }) => server), mean(last, ({ server }) => server)];
  return to > 1.5 * Math.max(0, from) + SMALL && late < 1.25 * early + SMALL ? { from: Math.max(0, from), to } : null;
}
