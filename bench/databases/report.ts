/** Tables of one contest, as Markdown, and whether the bars were met. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { median, table } from '../table.ts';
import { chart } from './chart.ts';
import { type Contest, type Entrant, NONE } from './contest.ts';
import { pairedRatio, slower, workloadRounds } from './measure.ts';
import { predictionsOf, signRight } from './predictions.ts';

const OURS = 'pitwall';
/** No statement slower than before by more. */
const TOLERANCE = 0.05;
/** Two medians that are nearer are as good as each other: what two copies with the same indexes differ by. */
const EQUAL = 0.02;

const digits = (value: number): string => (value === 0 ? '0' : String(Number(value.toPrecision(3))));
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const ratio = (value: number | null): string => (value === null ? '' : value.toFixed(2));

/** What the bars ask about one contest; null: Pitwall took no part. */
export interface Outcome {
  readonly workload: string;
  readonly engine: string;
  /** Pitwall's time ÷ that of the best peer (`none` is one). */
  readonly ratio: number | null;
  readonly peer: string;
  readonly slower: readonly string[];
  /** Fewest bytes of ours that are as quick as the best peer ÷ that peer's bytes. */
  readonly bytesRatio: number | null;
  readonly signs: { readonly right: number; readonly all: number };
}

export function report(contest: Contest): Outcome {
  const { entrants, statements, rounds } = contest;
  const total = (name: string): number[] => workloadRounds(rounds.get(name)!, statements);
  const ours = entrants.find(({ name }) => name === OURS);
  table(
    [
      'peer',
      'indexes',
      'MiB',
      'advised in',
      'built in',
      's an hour',
      'of it writes',
      '÷ none',
      'pitwall ÷ it',
      'reads slower than before',
      'worst write',
    ],
    entrants.map((entrant) => summary(contest, entrant, total, ours)),
  );
  for (const note of contest.notes) console.log(`- ${note}`);
  console.log('');
  const shown = entrants.filter(({ swept }) => !swept);
  table(
    ['statement, ms', 'calls an hour', ...shown.map(({ name }) => name)],
    statements.map(({ name, calls }) => [
      name,
      String(calls),
      ...shown.map((entrant) => digits(median(rounds.get(entrant.name)!.get(name)!) * 1000)),
    ]),
  );
  const signs = ours === undefined ? { right: 0, all: 0 } : predictions(contest, ours);
  draw(contest, total);
  return outcome(contest, total, ours, signs);
}

function summary(
  contest: Contest,
  { name, proposal, bytes, buildSeconds }: Entrant,
  total: (name: string) => number[],
  ours: Entrant | undefined,
): string[] {
  const { rounds, statements } = contest;
  const writes = workloadRounds(rounds.get(name)!, statements, ({ kind }) => kind !== 'select');
  return [
    name,
    String(proposal?.ddl.length ?? 0),
    mib(bytes),
    proposal === null ? '' : `${proposal.seconds.toFixed(1)} s`,
    proposal === null ? '' : `${buildSeconds.toFixed(1)} s`,
    digits(median(total(name))),
    digits(median(writes)),
    ratio(pairedRatio(total(name), total(NONE))),
    ours === undefined ? '' : ratio(pairedRatio(total(OURS), total(name))),
    slowerReads(contest, name).join(', '),
    worstWrite(contest, name),
  ];
}

function slowerReads({ rounds, statements }: Contest, name: string): string[] {
  if (name === NONE) return [];
  const reads = statements.filter(({ kind }) => kind === 'select');
  return reads.flatMap((statement) => {
    const [after, before] = [rounds.get(name)!.get(statement.name)!, rounds.get(NONE)!.get(statement.name)!];
    return slower(after, before, TOLERANCE) ? [`${statement.name} ×${ratio(pairedRatio(after, before))}`] : [];
  });
}

/** Any index makes writes slower: the one that it is worst for, with its factor. */
function worstWrite({ rounds, statements }: Contest, name: string): string {
  if (name === NONE) return '';
  const writes = statements
    .filter(({ kind }) => kind !== 'select')
    .map((statement) => ({
      name: statement.name,
      factor: pairedRatio(rounds.get(name)!.get(statement.name)!, rounds.get(NONE)!.get(statement.name)!),
    }));
  if (writes.length === 0) return '';
  const worst = writes.reduce((a, b) => (b.factor > a.factor ? b : a));
  return worst.factor > 1 + TOLERANCE ? `${worst.name} ×${ratio(worst.factor)}` : '';
}

function predictions(contest: Contest, ours: Entrant): Outcome['signs'] {
  const all = predictionsOf(contest, ours);
  if (all.length === 0) return { right: 0, all: 0 };
  console.log('');
  const sign = { true: 'right', false: 'WRONG', null: '' } as const;
  table(
    ['pitwall proposes', 'statements', 'planner', 'on a copy', 'in place', 'sign'],
    all.map((prediction) => [
      `${prediction.action === 'drop' ? 'drop ' : ''}${prediction.definition.replaceAll('|', '\\|')}`,
      String(prediction.statements),
      ratio(prediction.planner),
      ratio(prediction.copy),
      ratio(prediction.inPlace),
      sign[`${signRight(prediction)}`],
    ]),
  );
  const signs = all.map(signRight).filter((right) => right !== null);
  return { right: signs.filter(Boolean).length, all: signs.length };
}

function draw(contest: Contest, total: (name: string) => number[]): void {
  // Beside the published tables only what was measured like them.
  const folder = contest.published ? join(import.meta.dirname, 'out') : join(tmpdir(), 'pitwall-bench-databases');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${contest.workload.id}-${contest.engine.id}.svg`);
  const points = contest.entrants.map(({ name, bytes, swept }) => ({
    name: swept ? '' : name,
    bytes,
    seconds: median(total(name)),
    joined: swept || name === OURS || name === NONE,
  }));
  writeFileSync(file, chart(`${contest.workload.title} on ${contest.engine.id}`, points));
  console.log(
    `\nTime against bytes: ${contest.published ? relative(join(import.meta.dirname, '..', '..'), file) : file}`,
  );
}

function outcome(
  contest: Contest,
  total: (name: string) => number[],
  ours: Entrant | undefined,
  signs: Outcome['signs'],
): Outcome {
  const { workload, engine, entrants } = contest;
  const peers = entrants.filter(({ name, swept }) => name !== OURS && !swept);
  const best = peers.reduce((a, b) => (median(total(b.name)) < median(total(a.name)) ? b : a));
  const asQuick = entrants.filter(
    ({ name, swept }) => (name === OURS || swept) && pairedRatio(total(name), total(best.name)) <= 1 + EQUAL,
  );
  return {
    workload: workload.id,
    engine: engine.id,
    ratio: ours === undefined ? null : pairedRatio(total(OURS), total(best.name)),
    peer: best.name,
    slower: ours === undefined ? [] : slowerReads(contest, OURS),
    bytesRatio:
      asQuick.length === 0 || best.bytes <= 0 ? null : Math.min(...asQuick.map(({ bytes }) => bytes)) / best.bytes,
    signs,
  };
}

/** The bars over all contests. @returns whether they were met */
export function bars(outcomes: readonly Outcome[]): boolean {
  const judged = outcomes.filter((outcome) => outcome.ratio !== null);
  if (judged.length === 0) {
    console.log('\nPitwall took no part: there is nothing to judge.');
    return false;
  }
  console.log('');
  table(
    ['workload', 'engine', 'best peer', 'pitwall ÷ it', 'bytes ÷ its', 'reads slower than before', 'signs right'],
    judged.map((each) => [
      each.workload,
      each.engine,
      each.peer,
      `${ratio(each.ratio)}${each.ratio! > 1 + EQUAL ? ' MISSED' : ''}`,
      `${ratio(each.bytesRatio)}${(each.bytesRatio ?? 0) > 1 + EQUAL ? ' MISSED' : ''}`,
      each.slower.join(', '),
      each.signs.all === 0 ? '' : `${each.signs.right} of ${each.signs.all}`,
    ]),
  );
  const right = judged.reduce((sum, { signs }) => sum + signs.right, 0);
  const all = judged.reduce((sum, { signs }) => sum + signs.all, 0);
  const clear = judged.filter((each) => each.ratio! <= 0.9).length;
  const met = [
    [`as quick as every peer or quicker (within ${EQUAL * 100} %)`, judged.every((each) => each.ratio! <= 1 + EQUAL)],
    [`≤ 0.9 × the best peer on at least half: ${clear} of ${judged.length}`, clear * 2 >= judged.length],
    ['no more bytes than the best peer at equal time', judged.every((each) => (each.bytesRatio ?? 0) <= 1 + EQUAL)],
    ['no read slower than before by more than 5 %', judged.every((each) => each.slower.length === 0)],
    [`sign of the measured prediction right in ≥ 98 %: ${right} of ${all}`, all === 0 ? null : right / all >= 0.98],
  ] as const;
  console.log('');
  for (const [bar, passed] of met)
    console.log(`- ${passed === null ? 'nothing to judge' : passed ? 'met' : 'MISSED'}: ${bar}`);
  return met.every(([, passed]) => passed !== false);
}
