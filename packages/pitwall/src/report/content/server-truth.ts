import type { LoadLedger, ServerTruth, TruthMoment } from '../../model/ledger.ts';
import type { GeneratorHealth, LoadResult, StepResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { knownOf } from '../../stats/enough.ts';
import { Histogram } from '../../stats/histogram.ts';
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
    betweenP50: percentileText(truth, 'p50'),
    betweenP99: percentileText(truth, 'p99'),
    clientCount: formatNumber(truth.client),
    serverCount: formatNumber(truth.server),
  }));
}

/** Whether any row has a percentile: otherwise their columns say nothing. */
export function hasPercentiles(rows: readonly TruthRow[]): boolean {
  return rows.some(({ betweenP50, betweenP99 }) => betweenP50 !== NOTHING || betweenP99 !== NOTHING);
}

/** Earlier versions wrote percentiles that were subtracted from each other to the rows of logs. */
function percentileText({ source, between }: ServerTruth, which: 'p50' | 'p99'): string {
  return source === 'access-log' ? NOTHING : formatDuration(between[which]);
}

/** All steps together, of the better source: a log is written by somebody who does not know that he is watched. Seconds. */
interface Overall {
  readonly source: ServerTruth['source'];
  readonly count: number;
  readonly client: number;
  readonly server: number;
  /** Of client − server, of single requests; NaN where they cannot be paired, or are too few. */
  readonly p50: number;
  readonly p99: number;
  readonly resolution: number;
}

function overallOf({ serverTruth }: LoadLedger, load: LoadResult): Overall | null {
  const source = serverTruth.some((truth) => truth.source === 'access-log') ? 'access-log' : 'server-timing';
  const rows = serverTruth.filter((truth) => truth.source === source && truth.server > 0);
  const count = rows.reduce((sum, { server }) => sum + server, 0);
  if (count === 0) return null;
  const sum = (pick: (truth: ServerTruth) => number) => rows.reduce((total, truth) => total + pick(truth), 0);
  // The mean of a header's row is of the answers that had one.
  const seen = ({ client, server }: ServerTruth): number => (source === 'access-log' ? client : server);
  const steps = source === 'access-log' ? [] : rows.map(({ step }) => step);
  return {
    source,
    count,
    client: sum((truth) => truth.clientMean * seen(truth)) / sum(seen),
    server: sum((truth) => truth.serverMean * truth.server) / count,
    ...percentilesOf(load.steps.filter(({ endpoint }) => steps.includes(endpoint))),
    resolution: Math.max(...rows.map(({ resolution }) => resolution)),
  };
}

/** Of all differences together: histograms are added, percentiles could not be. */
function percentilesOf(steps: readonly StepResult[]): Pick<Overall, 'p50' | 'p99'> {
  const between = Histogram.fromDistributions(steps.flatMap(({ said }) => said?.between ?? []));
  const at = (percent: number) => between.percentile(percent) / 1e9;
  return knownOf({ p50: at(50), p99: at(99) }, between.count);
}

/** What lies between the service and the client, and whom that speaks against. Empty when the service says nothing. */
export function truthSentences({ ledger, load }: Report): readonly string[] {
  const overall = ledger && load ? overallOf(ledger, load) : null;
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

/**
 * Below this nobody is to blame: a kernel, a loopback and two event loops take as much. Seconds. [own choice: the grain of the timers of
 * Node, which may fire 1 ms early or late (nodejs/node#34728), so that differences below it say nothing of where they come from]
 */
const SMALL = 1e-3;
/**
 * Part of the client's time from which on the way, and not the service, is what is measured. [own choice: below a quarter, removing
 * all of it would make the answer faster by less than a third, and the service is the better place to look at]
 */
const LARGE = 0.25;
/** What the validity gate allows a generator (DESIGN §7, load/validity.ts). */
const LATE = 2e-3;
const BUSY = 0.85;
/**
 * How much more than the median the p99 of what lies between has to be for a wait that only some requests have. [own choice: an
 * exponential wait, as in front of a server that is busy half of the time, has a p99 of 6.6 medians (ln 100 ÷ ln 2); a way that is as
 * long for all, with the jitter of a kernel, stays below two. Three lies between them]
 */
const UNEVEN = 3;
/**
 * What counts as grown from the first to the last third of a run, while the service's own time did not grow by more than CALM. [own
 * choice: a queue that builds up at a steady rate lies at 1/6 and 5/6 of its end in the two thirds, five times as much; half more is
 * far below that and above what means of a third of a run differ by. A quarter for the service is half of that: what it may grow
 * without being the cause]
 */
const GROWN = 1.5;
const CALM = 1.25;
/** Stretches of a run for thirds to be means of at least two. [own choice] */
const FEWEST_MOMENTS = 6;

/** Whom what lies between client and service speaks against; null when it is too little to say (SMALL, LARGE). */
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
  if (Number.isNaN(overall.p99)) {
    const why =
      overall.source === 'access-log'
        ? 'A log does not say which of its lines is which request'
        : 'These are too few requests for a p99';
    return `${why}, so whether all of them wait as long (a long way, a proxy before the service) or some of them much longer (its accept queue, a pool before it) is not known.`;
  }
  if (overall.p99 > UNEVEN * Math.max(SMALL, overall.p50)) {
    return `It is at most ${formatDuration(overall.p50)} for half of them and ${formatDuration(overall.p99)} at p99, so requests wait at times before the service sees them: suspect its accept queue, or a proxy or pool before it.`;
  }
  return 'It is about the same for all of them, as a long way, or a proxy before the service, would make it.';
}

/** Between first and last third of the run: what lies between, when it has GROWN while the service's own time stayed CALM. */
function growthOf(overTime: readonly TruthMoment[]): { readonly from: number; readonly to: number } | null {
  if (overTime.length < FEWEST_MOMENTS) return null;
  const third = Math.floor(overTime.length / 3);
  const mean = (moments: readonly TruthMoment[], pick: (moment: TruthMoment) => number) =>
    moments.reduce((sum, moment) => sum + pick(moment), 0) / moments.length;
  const [first, last] = [overTime.slice(0, third), overTime.slice(-third)];
  const gap = ({ client, server }: TruthMoment) => client - server;
  const [from, to] = [mean(first, gap), mean(last, gap)];
  const [early, late] = [mean(first, ({ server }) => server), mean(last, ({ server }) => server)];
  return to > GROWN * Math.max(0, from) + SMALL && late < CALM * early + SMALL ? { from: Math.max(0, from), to } : null;
}
