import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import type { ConfirmRequest, FindingDraft, RuleView } from '../../../model/rule.ts';
import { columnPairsRequest } from '../estimates/contract.ts';
import { factsOf } from '../facts/define.ts';
import type { ColumnPairFact, PlanRunFact, StepFact } from '../facts/estimates.ts';
import type { StatementFact } from '../facts/statements.ts';
import { nameOf, qualified, quoteIdentifier } from '../identifiers.ts';
import {
  changedSinceAnalyze,
  DEPENDENT,
  ESTIMATE_FACTS,
  FACTOR,
  measuredPairs,
  misjudgedSteps,
  stepEvidence,
  stepText,
  WORTH_ASKING,
  worthAsking,
} from './estimate-view.ts';
import { countText } from './schema-view.ts';
import { statementProof } from './statement-proof.ts';
import { percentOf, statementTitle } from './statement-view.ts';
import { statisticsName } from './statistics-name.ts';

/** STATS_MAX_DIMENSIONS of PostgreSQL. */
const MOST_COLUMNS = 8;

export const correlatedColumns = defineRule({
  id: 'postgresql/correlated-columns',
  meta: {
    title: 'Columns that are tested together depend on each other',
    why: 'The planner multiplies the chances of conditions as if columns had nothing to do with each other. Where one decides the other (city and postcode), it expects far too few rows, or too many groups, and each join on top multiplies the error.',
    sources: [
      {
        title: 'PostgreSQL: Extended Statistics',
        url: 'https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED',
      },
      {
        title: 'Leis et al., How Good Are Query Optimizers, Really? PVLDB 9(3), 2015',
        url: 'https://www.vldb.org/pvldb/vol9/p204-leis.pdf',
      },
    ],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: [...ESTIMATE_FACTS] },
    doesNotApplyWhen: 'No statement of weight tests, or groups by, two columns of a table of 1,000 rows and more.',
    confirmedBy:
      'Counting values and pairs of values on a sample of the table. The trial: the statement’s time with extended statistics, against the time without.',
    thresholds: {
      factor: FACTOR,
      dependent: {
        value: DEPENDENT,
        unit: 'times',
        source: 'Own choice: three joins on top of each other make 27 of it; less is the usual error of a sample.',
      },
      dependency: {
        value: 0.95,
        unit: 'share of the rows',
        source:
          'Own choice: PostgreSQL weighs by the degree itself; below that its list of common combinations tells more.',
      },
      combinations: {
        value: 100,
        unit: 'combinations',
        source: 'default_statistics_target: so many of them are kept, and then all are known exactly.',
      },
      ...WORTH_ASKING,
      changeShare: WORTH_ASKING.minimumShare,
      minimumShare: {
        value: 0.001,
        unit: 'share of the time',
        source: 'Own choice: asking reads a sample, and a quick statement of today is a part of a slow one tomorrow.',
      },
    },
  },

  evaluate(view) {
    if (factsOf(view, 'postgresql.column-pairs').size === 0) {
      const asked = worthAsking(view, testsTogether).map(([id]) => id);
      if (asked.length === 0) return { clear: 'no statement of weight tests, or groups by, several columns' };
      return { found: [notMeasured(asked.length, columnPairsRequest(asked))] };
    }
    const measured = measuredPairs(view);
    const dependent = measured.filter(
      ({ typical, covered }) => typical >= view.threshold('dependent') && covered.length === 0,
    );
    if (dependent.length > 0) return { found: merged(dependent).map((group) => findingOf(view, group)) };
    if (measured.length === 0) return { clear: 'no columns of a larger table are tested, or grouped by, together' };
    const covered = measured.filter((pair) => pair.covered.length > 0).length;
    return {
      clear: `${counted(measured.length, 'set')} of columns that are used together ${either(measured.length, 'was', 'were')} measured: none depends on each other${covered > 0 ? ` but ${covered} that ${either(covered, 'has', 'have')} extended statistics already` : ''}`,
    };
  },
});

/** By its text, which has no values: more is told by the parser, when it is asked. */
function testsTogether({ kind, text }: StatementFact): boolean {
  if (!['select', 'update', 'delete', 'merge'].includes(kind)) return false;
  return (
    /\bwhere\b[\s\S]*\band\b/i.test(text) || /\bgroup\s+by\b[\s\S]*,/i.test(text) || /\bon\b[\s\S]*\band\b/i.test(text)
  );
}

function notMeasured(count: number, confirm: ConfirmRequest): FindingDraft {
  return {
    subject: 'workload',
    summary: `Whether columns that ${counted(count, 'statement')} of weight ${either(count, 'tests', 'test')} together depend on each other was not yet measured`,
    severity: 'info',
    confidence: 'low',
    evidence: [{ label: 'statements', value: count }],
    confirm,
  };
}

interface Group {
  readonly table: ColumnPairFact['table'];
  readonly columns: readonly string[];
  readonly pairs: readonly ColumnPairFact[];
}

/** Pairs of a table with a column in common become one: city, postcode and state have to do with each other all together. */
function merged(pairs: readonly ColumnPairFact[]): readonly Group[] {
  let groups: Group[] = [];
  for (const pair of pairs) {
    const touching = groups.filter(
      ({ table, columns }) =>
        table.schema === pair.table.schema &&
        table.name === pair.table.name &&
        columns.some((column) => pair.columns.includes(column)),
    );
    const columns = [...new Set([...touching.flatMap((group) => group.columns), ...pair.columns])];
    if (columns.length > MOST_COLUMNS) continue;
    const joined = { table: pair.table, columns, pairs: [...touching.flatMap((group) => group.pairs), pair] };
    groups = [...groups.filter((group) => !touching.includes(group)), joined];
  }
  return groups;
}

type Kind = 'ndistinct' | 'dependencies' | 'mcv';

/** Dependencies are small and hold for all values, but for equality alone; combinations are exact for those that are kept. */
function kindsFor(view: RuleView, { use, range, dependency, together }: ColumnPairFact): readonly Kind[] {
  if (use === 'groups') return ['ndistinct'];
  const decides = !range && dependency >= view.threshold('dependency');
  const isShort = together <= view.threshold('combinations');
  return [...(decides ? (['dependencies'] as const) : []), ...(isShort || !decides ? (['mcv'] as const) : [])];
}

function findingOf(view: RuleView, { table, columns, pairs }: Group): FindingDraft {
  const name = nameOf(table.schema, table.name);
  const worst = pairs.toSorted((a, b) => b.worst - a.worst || b.typical - a.typical)[0]!;
  const steps = (misjudgedSteps(view) ?? []).filter(
    ({ step, cause }) =>
      step.factor >= view.threshold('factor') &&
      cause.kind === 'together' &&
      cause.pairs.some((pair) => pairs.includes(pair)),
  );
  const seen = steps.toSorted((a, b) => b.step.factor - a.step.factor)[0];
  const kinds = [...new Set(pairs.flatMap((pair) => kindsFor(view, pair)))].sort();
  const statements = [
    ...new Set([...steps.map(({ plan }) => plan.statement), ...pairs.flatMap((pair) => pair.statements)]),
  ];
  const known = factsOf(view, 'postgresql.statement');
  const list = columns.join(', ');
  const finding: FindingDraft = {
    subject: nameOf(table.schema, table.name, ...columns),
    summary: printable(`${name}: ${list} depend on each other, ${effectText(worst, seen)}`),
    severity: 'info',
    confidence: 'medium',
    evidence: [
      ...(seen
        ? stepEvidence(seen.plan, seen.step)
        : statements.slice(0, 3).flatMap((id) => {
            const text = known.get(id)?.text;
            return text === undefined ? [] : [{ label: 'statement', value: printable(text) }];
          })),
      ...pairs.flatMap((pair) => pairEvidence(pair)),
    ],
  };
  const isSmall =
    seen === undefined && (worst.worst < view.threshold('factor') || !statements.some((id) => isWeighty(view, id)));
  if (isSmall || changedSinceAnalyze(view, name) !== null) {
    const place = qualified(table.schema, table.name);
    const statistics = qualified(table.schema, statisticsName(table.name, columns, kinds));
    // As a whole: a sentence is cut where it is long, and SQL that is cut is none.
    const code = `CREATE STATISTICS ${statistics} (${kinds.join(', ')}) ON ${columns.map(quoteIdentifier).join(', ')} FROM ${place};\nANALYZE ${place};`;
    return {
      ...finding,
      advice: {
        text: isSmall
          ? 'Alone that is hardly worth a change. Where such conditions feed joins, statistics on the columns together make the numbers right.'
          : 'The statistics of the table are old: ANALYZE it first, and look again.',
        code,
      },
    };
  }
  return {
    ...finding,
    severity: 'warning',
    confidence: seen ? 'high' : 'medium',
    changes: [
      {
        tunable: 'postgresql/extended-statistics',
        subject: nameOf(table.schema, statisticsName(table.name, columns, kinds)),
        to: { table: { schema: table.schema, name: table.name }, columns: [...columns], kinds: [...kinds] },
        reason: printable(`The planner takes ${list} of ${name} for independent, ${effectText(worst, seen)}`),
        ...statementProof(view, name, statements),
      },
    ],
  };
}

/** A trial of a change takes minutes: for a statement whose time is worth them. */
function isWeighty(view: RuleView, id: string): boolean {
  const { seconds = null, calls = 0 } = factsOf(view, 'postgresql.statement').get(id) ?? {};
  if (seconds === null || calls === 0) return false;
  const all = factsOf(view, 'postgresql.workload').get('')?.seconds ?? 0;
  return seconds / calls >= view.threshold('minimumSeconds') || seconds >= view.threshold('changeShare') * all;
}

function effectText(
  pair: ColumnPairFact,
  seen: { readonly plan: PlanRunFact; readonly step: StepFact } | undefined,
): string {
  if (seen) return `and a plan ${stepText(seen.step)}: ${statementTitle(seen.plan.text)}`;
  const times = countText(Number(Math.max(pair.typical, pair.worst).toPrecision(2)));
  return pair.use === 'groups'
    ? `so that ${times} times as many groups are expected as there are`
    : `so that up to ${times} times as many rows meet conditions on both as the planner expects`;
}

function pairEvidence({ columns, use, rows, whole, distinct, together, typical, dependency }: ColumnPairFact) {
  const list = printable(columns.join(', '));
  return [
    {
      label: `different values of ${list}`,
      value: `${distinct.map(countText).join(', ')}; together ${countText(together)}`,
    },
    { label: whole ? 'counted on all rows' : 'counted on a sample, rows', value: rows },
    {
      label:
        use === 'groups'
          ? `groups expected ÷ there are (${list})`
          : `product of frequencies misses that of ${list}, typically`,
      value: Number(typical.toPrecision(3)),
      unit: 'times',
    },
    ...(use === 'groups'
      ? []
      : [{ label: `one decides the other (${list})`, value: `for ${percentOf(dependency)} of the rows` }]),
  ];
}
