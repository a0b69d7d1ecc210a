import type { LedgerRow, LoadLedger, ServerTruth, StepCost, TruthMoment } from '../../model/ledger.ts';
import type { LoadResult, StepResult } from '../../model/load.ts';
import type { Distribution } from '../../model/observation.ts';
import { knownOf } from '../../stats/enough.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { Reading } from './record.ts';
import { ledgerRows, tracksOf } from './rows.ts';
import { sharesOf } from './shares.ts';

/** What the service's own log said; see access-log-truth.ts. */
export interface LogTruth {
  readonly truth: readonly ServerTruth[];
  readonly overTime: readonly TruthMoment[];
  readonly notes: readonly string[];
}

/**
 * What the load cost the targets, and what the service says it took. `target`: the loaded one. Null when nothing at all is
 * known of the targets.
 */
export function loadLedger(
  result: LoadResult,
  input: { readonly target: string; readonly readings: readonly Reading[]; readonly log: LogTruth | null },
): LoadLedger | null {
  const { target, readings, log } = input;
  const tracks = tracksOf(readings, result.duration);
  const counted = ledgerRows(tracks, result.timeline);
  const { bySteps, because } = sharesOf(result, tracks, counted);
  const fromLog = log?.truth ?? [];
  const fromHeaders = result.steps.flatMap(headerTruth);
  const told = [...counted, ...databaseRow(result, target)];
  if (result.sent === 0) return null;
  if (told.length + fromLog.length + fromHeaders.length === 0 && (log?.notes.length ?? 0) === 0) return null;
  const rows = [...told, receivedRow(result, target)];
  return {
    requests: result.timeline.reduce((sum, { completed }) => sum + completed, 0),
    rows,
    steps: result.steps.flatMap((step, i): StepCost[] =>
      step.sent === 0
        ? []
        : [
            {
              step: step.endpoint,
              requests: step.sent,
              bytes: step.bytes / step.sent,
              server:
                fromLog.find((truth) => truth.step === step.endpoint)?.serverMean ?? step.latency.server?.mean ?? null,
              database: step.latency.database?.mean ?? null,
              shares: bySteps[i]!,
            },
          ],
    ),
    notToldApart: because,
    serverTruth: [...fromLog, ...fromHeaders],
    truthOverTime: log?.overTime ?? [],
    notes: log?.notes ?? [],
  };
}

/** What databases took, as far as the service says so in its answers: for SQLite, which has no counters, the only source. */
function databaseRow({ steps, sent }: LoadResult, target: string): LedgerRow[] {
  const saying = steps.filter(({ said }) => (said?.database ?? 0) > 0);
  if (saying.length === 0) return [];
  const total = saying.reduce((sum, { said, latency }) => sum + said!.database * latency.database!.mean, 0);
  const title = 'Databases and caches, as the service says';
  return [rowOf(target, 'load.database.time', title, 's', total, sent)];
}

function receivedRow({ bytes, sent }: LoadResult, target: string): LedgerRow {
  return rowOf(target, 'load.received', 'Received from it', 'By', bytes, sent);
}

function rowOf(
  target: string,
  name: string,
  title: string,
  unit: LedgerRow['unit'],
  total: number,
  requests: number,
): LedgerRow {
  return { target, name, title, unit, labels: {}, total, perRequest: total / requests, uncertainty: 0 };
}

/** Below this part of the answers those with the header are not a fair picture of all. */
const MOST_SAY = 0.9;

function headerTruth({ endpoint, sent, said, latency, distributions }: StepResult): ServerTruth[] {
  const { server } = latency;
  if (!said?.between || said.service === undefined || !server || said.server < MOST_SAY * sent) return [];
  return [
    {
      step: endpoint,
      source: 'server-timing',
      client: distributions.service.count,
      server: said.server,
      clientMean: said.service,
      serverMean: server.mean,
      between: differences(said.service - server.mean, said.between),
      resolution: 0,
    },
  ];
}

/** The mean is exact, also where the service says more than was waited for; the histogram holds 0 there. */
function differences(mean: number, between: Distribution): ServerTruth['between'] {
  const histogram = Histogram.fromDistributions([between]);
  const [p50, p99] = [histogram.percentile(50) / 1e9, histogram.percentile(99) / 1e9];
  return knownOf({ mean, p50, p99 }, histogram.count);
}
