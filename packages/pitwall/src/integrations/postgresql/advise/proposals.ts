import type { EffectMeasured, IndexProposal, Workload } from '../../../model/database.ts';
import type { Json } from '../../../model/json.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { ChosenIndex, IndexSpec, Problem, RedundantIndex } from '../../_sql/advisor/problem.ts';
import type { MeasuredStatement, Refined } from '../../_sql/advisor/refine.ts';
import { basisOf } from '../../_sql/basis.ts';
import { nameOf, qualified } from '../identifiers.ts';
import { mayTouch } from '../may-touch.ts';
import type { IndexTarget } from '../tunables/index-target.ts';
import { type Part, partitionedText } from '../tunables/partitioned-index.ts';
import { createIndexSql, definitionText } from '../what-if/definition.ts';
import type { WhatIfSchema } from '../what-if/schema.ts';
import type { IndexSizes } from '../what-if/sizes.ts';
import { hotLoss } from './hot-loss.ts';
import { indexName } from './index-name.ts';
import { tableParts } from './problem.ts';

type StatementEffect = IndexProposal['statements'][number];

/** What proposals are made of. */
export interface Told {
  readonly workload: Workload;
  /** What the workload writes, and the tables as they are. */
  readonly problem: Pick<Problem, 'tables' | 'statements'>;
  readonly schema: WhatIfSchema;
  readonly sizes: IndexSizes;
  /** Planner's cost of statements without new indexes. */
  readonly costs: ReadonlyMap<string, number>;
  /** Null: nothing was measured. */
  readonly refined: Refined | null;
  /** Statements that were run with values drawn from the rows of the copy. */
  readonly drawn: ReadonlySet<string>;
  /** Seconds that building took on the copy, by key. */
  readonly buildSeconds: ReadonlyMap<string, number>;
  /** Names of relations that an index may not have. */
  readonly taken: ReadonlySet<string>;
  /** What an index of a partitioned table is built on, by table. */
  readonly parts: ReadonlyMap<string, readonly Part[]>;
}

const CREATE_LOCK =
  'SHARE UPDATE EXCLUSIVE while it is built: reads and writes go on; other DDL, VACUUM and ANALYZE of the table wait. It waits for transactions that are older than itself.';
const CREATE_LOCK_PARTITIONED =
  'On each partition SHARE UPDATE EXCLUSIVE while it is built: reads and writes go on. Then ACCESS EXCLUSIVE on the index of the whole table for a moment, while the parts are attached.';
const DROP_LOCK =
  'SHARE UPDATE EXCLUSIVE: reads and writes go on. It waits for transactions that may still use the index.';

/** Proposals to create, most seconds saved first. `chosen`: as the planner chose them, or as they were left by measuring. */
export function createProposals(chosen: readonly ChosenIndex[], told: Told): readonly IndexProposal[] {
  const taken = new Set(told.taken);
  return chosen.map((one) => {
    const name = indexName(one.spec, taken);
    taken.add(name);
    return createProposal(one, name, told);
  });
}

function createProposal(chosen: ChosenIndex, name: string, told: Told): IndexProposal {
  const { spec } = chosen;
  const { schema, name: table } = tableParts(spec.table);
  const key = keyOf(spec);
  const ablation = told.refined?.chosen.find((one) => keyOf(one.spec) === key);
  const buildSeconds = told.buildSeconds.get(key) ?? null;
  const parts = told.parts.get(spec.table) ?? [];
  const subject = nameOf(schema, name);
  const to = targetOf(spec, { schema, name: table }, parts.length > 0);
  const found = helped(chosen, told);
  const slower = slowerBy(spec, told).flatMap((measured) =>
    found.some(({ statement }) => statement === measured.id)
      ? []
      : effect(measured.id, plannerOf(measured.id, chosen, measured, told), measured, told.workload),
  );
  const statements = [...found, ...slower];
  const writes = written(spec, told).filter(({ statement }) => !found.some((one) => one.statement === statement));
  const basis = basisOf({ statements: found, writes, table: spec.table }, told.workload, told.schema.tables);
  const isTimed = told.workload.statements.some(({ seconds }) => seconds !== null);
  const measured = ablation !== undefined && Number.isFinite(ablation.savedSeconds) ? ablation.savedSeconds : null;
  return {
    action: 'create',
    name,
    table: spec.table,
    definition: definitionText(spec),
    ddl: parts.length === 0 ? createIndexSql(spec, name, true) : partitionedText(subject, to, parts),
    undo: `DROP INDEX ${parts.length === 0 ? 'CONCURRENTLY ' : ''}${qualified(schema, name)}`,
    lock: parts.length === 0 ? CREATE_LOCK : CREATE_LOCK_PARTITIONED,
    bytes: { estimated: told.sizes.estimated(spec), measured: ablation?.bytes ?? null },
    buildSeconds,
    statements,
    writes,
    savedSeconds: measured ?? (isTimed ? chosen.savedSeconds - chosen.writeSeconds : null),
    because: `${reasonFor(found, ablation !== undefined, told)}${slowerText(slower)}${lossText(spec, told)}`,
    change: { tunable: 'postgresql/index', subject, to: to as unknown as Json, basis },
  };
}

function targetOf({ keys, include, where }: IndexSpec, table: IndexTarget['table'], partitioned: boolean): IndexTarget {
  return {
    table,
    keys: keys.map((key) => ({ ...key })),
    include: [...include],
    where,
    unique: false,
    method: 'btree',
    ...(partitioned ? { partitioned } : {}),
  };
}

function reasonFor(statements: readonly StatementEffect[], isMeasured: boolean, { drawn, refined }: Told): string {
  const isDrawn = statements.some(({ statement }) => drawn.has(statement));
  const how = isMeasured
    ? `, as measured on a copy${isDrawn ? ', with values drawn from its rows' : ''}`
    : refined === null
      ? ', as the planner expects; nothing was measured'
      : ', as the planner alone expects: no call with its values is known to be run on the copy';
  const count = statements.length === 1 ? 'one statement finds its' : `${statements.length} statements find their`;
  return `${count[0]!.toUpperCase()}${count.slice(1)} rows through it${how}.`;
}

/** What it costs is said beside what it gains. */
function slowerText(slower: readonly StatementEffect[]): string {
  const [worst] = slower.toSorted((a, b) => b.measured!.ratio - a.measured!.ratio);
  if (worst === undefined) return '';
  const size = `${Math.round((worst.measured!.ratio - 1) * 100)} %`;
  return slower.length === 1
    ? ` One read is ${size} slower with it.`
    : ` ${slower.length} reads are slower with it, by ${size} at most.`;
}

function lossText(spec: IndexSpec, { problem }: Told): string {
  const loss = hotLoss(spec, problem);
  return loss === null ? '' : ` ${loss}`;
}

/** A read that takes so many times as long with the set is told of. */
const SLOWER = 1.05;
/** With the index ÷ without it, from where on it has a part in that. */
const PART = 1.02;

/** Reads that are slower with all that is chosen, for certain, and that this index has a part in. */
function slowerBy(spec: IndexSpec, { refined }: Told): readonly MeasuredStatement[] {
  if (refined === null) return [];
  const key = keyOf(spec);
  return refined.statements.filter(({ id, writes, ratio, interval }) => {
    if (writes || ratio <= SLOWER || interval[0] <= 1) return false;
    const touching = refined.chosen.filter(({ ratios }) => ratios.has(id));
    const guilty = touching.filter(({ ratios }) => ratios.get(id)! > PART);
    return (guilty.length > 0 ? guilty : touching).some((one) => keyOf(one.spec) === key);
  });
}

function helped(chosen: ChosenIndex, told: Told): readonly StatementEffect[] {
  const { statements, spec } = chosen;
  const ratios = told.refined?.chosen.find((one) => keyOf(one.spec) === keyOf(spec))?.ratios;
  const ids = new Set([...statements.map(({ id }) => id), ...fasterIn(ratios)]);
  return [...ids].flatMap((id) => {
    const measured = told.refined?.statements.find((one) => one.id === id);
    // A write that finds its rows through the index is much faster; a little is chance.
    const isFound = statements.some((one) => one.id === id) || (ratios?.get(id) ?? 1) < WRITE_FOUND;
    if (measured?.writes && !isFound) return [];
    return effect(id, plannerOf(id, chosen, measured, told), measured, told.workload);
  });
}

/**
 * Where nothing is measured, what the index itself changes beside the others, so that no gain is told twice. Of a set that only
 * measuring came to, the planner was asked on the copy.
 */
function plannerOf(
  id: string,
  { statements }: ChosenIndex,
  measured: MeasuredStatement | undefined,
  told: Told,
): StatementEffect['planner'] {
  const asked = statements.find((one) => one.id === id);
  if (asked) return { before: measured ? asked.before : (asked.without ?? asked.before), after: asked.after };
  const before = told.costs.get(id);
  const predicted = measured?.predicted ?? null;
  return before === undefined || predicted === null ? null : { before, after: before * predicted };
}

const WRITE_FOUND = 0.5;

/** A statement that is so much faster with the index alone is helped by it, whatever the planner said. */
function fasterIn(ratios: ReadonlyMap<string, number> | undefined): string[] {
  return [...(ratios ?? [])].filter(([, ratio]) => ratio < 0.95).map(([id]) => id);
}

function written({ table }: IndexSpec, told: Told): readonly StatementEffect[] {
  return (told.refined?.statements ?? []).flatMap((measured) => {
    const statement = told.workload.statements.find(({ id }) => id === measured.id);
    const concerned = measured.writes && statement !== undefined && mayTouch(statement, table);
    return concerned ? effect(measured.id, null, measured, told.workload) : [];
  });
}

function effect(
  id: string,
  planner: StatementEffect['planner'],
  measured: MeasuredStatement | undefined,
  workload: Workload,
): StatementEffect[] {
  const statement = workload.statements.find((one) => one.id === id);
  if (statement === undefined) return [];
  return [
    {
      statement: id,
      text: statement.text,
      calls: statement.calls,
      planner,
      measured: measured ? measuredOf(measured) : null,
      inPlace: null,
    },
  ];
}

/** Of one that was given up both ways nothing is known. */
function measuredOf({ before, after, ratio, interval, rounds, atLeast }: MeasuredStatement): EffectMeasured | null {
  if (!Number.isFinite(interval[1]) || (atLeast && ratio >= 1)) return null;
  return { before, after, ratio, interval, rounds, ...(atLeast ? { atLeast } : {}) };
}

/** Existing indexes that others make superfluous; those that a new one replaces only where it is proposed. */
export function dropProposals(
  redundant: readonly RedundantIndex[],
  created: readonly IndexProposal[],
  chosen: readonly ChosenIndex[],
  told: Pick<Told, 'schema'>,
): readonly IndexProposal[] {
  return redundant.flatMap(({ table, name, bytes, servedBy, because }) => {
    const at = 'chosen' in servedBy ? chosen.findIndex(({ spec }) => keyOf(spec) === keyOf(servedBy.chosen)) : 0;
    if (at < 0) return [];
    const { schema } = tableParts(table);
    const subject = nameOf(schema, name);
    const definition = told.schema.definitions.get(subject);
    if (definition === undefined) return [];
    const isWhole = (told.schema.sized.get(table)?.leaves.length ?? 0) === 0;
    const replacement = 'chosen' in servedBy ? created[at] : undefined;
    return [
      {
        action: 'drop',
        name,
        table,
        definition: definition.replace(/^.* USING /, ''),
        ddl: `DROP INDEX ${isWhole ? 'CONCURRENTLY ' : ''}${qualified(schema, name)}`,
        undo: isWhole ? definition.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ') : definition,
        lock: DROP_LOCK,
        bytes: { estimated: null, measured: bytes },
        buildSeconds: null,
        statements: [],
        writes: [],
        savedSeconds: null,
        because: replacement === undefined ? because : `${because} Only after ${replacement.name} is built.`,
        change: { tunable: 'postgresql/index', subject, to: null },
      },
    ];
  });
}
