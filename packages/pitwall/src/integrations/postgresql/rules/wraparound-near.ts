import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { AutovacuumFact, WraparoundFact } from '../facts/schema.ts';
import { nameOf, qualified } from '../identifiers.ts';
import { countText } from './schema-view.ts';
import { holderAdvice, holdersOf, holderText } from './xmin.ts';

/** Half of 2^32 numbers: older ones would look as if they were to come. */
const WRAPAROUND = 2 ** 31;
const MOST_TABLES = 5;

export const wraparoundNear = defineRule({
  id: 'postgresql/wraparound-near',
  meta: {
    title: 'Transaction numbers are running out',
    why: 'Rows carry the number of their transaction, and there are two thousand million of them before they come round. VACUUM freezes old rows in time. When it cannot, the server first warns and then refuses every write until somebody has vacuumed by hand.',
    sources: [
      {
        title: 'PostgreSQL: Preventing Transaction ID Wraparound Failures',
        url: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND',
      },
      { title: 'PgHero: transaction ID wraparound', url: 'https://github.com/ankane/pghero' },
    ],
    needs: { facts: ['postgresql.wraparound', 'postgresql.autovacuum', 'postgresql.xmin'] },
    uses: { facts: ['postgresql.table'] },
    doesNotApplyWhen: 'Every database is younger than autovacuum_freeze_max_age: autovacuum then freezes in time.',
    confirmedBy: 'age(datfrozenxid), mxid_age(datminmxid), age(relfrozenxid) with TOAST.',
    thresholds: {
      criticalLeft: {
        value: 10_000_000,
        unit: 'transactions',
        source: 'PgHero alarms when fewer are left. The server warns at 40 million and refuses writes at 3 million.',
      },
      overdue: {
        value: 1.1,
        unit: 'times autovacuum_freeze_max_age',
        source:
          'At 1 autovacuum begins to freeze, and needs a while; a tenth beyond it (20 million transactions by default) it has not managed to.',
      },
    },
  },

  evaluate(view): RuleResult {
    const settings = factsOf(view, 'postgresql.autovacuum').get('')!;
    const found = [...factsOf(view, 'postgresql.wraparound')].flatMap(([database, ages]) => [
      ...judge(view, database, ages, settings, 'xid'),
      ...judge(view, database, ages, settings, 'multixact'),
    ]);
    return found.length > 0 ? { found } : { clear: 'in every database old rows are frozen in time' };
  },
});

function judge(
  view: RuleView,
  database: string,
  ages: WraparoundFact,
  settings: AutovacuumFact,
  of: 'xid' | 'multixact',
): FindingDraft[] {
  const age = of === 'xid' ? ages.xidAge : ages.multixactAge;
  const limit = of === 'xid' ? settings.freezeMaxAge : settings.multixactFreezeMaxAge;
  const left = WRAPAROUND - age;
  const isCritical = left < view.threshold('criticalLeft');
  if (!isCritical && age <= limit * view.threshold('overdue')) return [];
  const numbers = of === 'xid' ? 'transaction numbers' : 'multixact numbers';
  const [holder] = holdersOf(view, { catalogues: true });
  const tables = ages.current ? oldestTables(view, of) : [];
  return [
    {
      subject: of === 'xid' ? database : `${database} (multixacts)`,
      summary: printable(
        isCritical
          ? `database ${database} has ${countText(Math.max(0, left))} ${numbers} left: soon it refuses every write`
          : `database ${database} has not frozen rows for ${countText(age)} ${numbers}; autovacuum should have at ${countText(limit)}`,
      ),
      severity: isCritical ? 'critical' : 'warning',
      confidence: 'high',
      evidence: [
        { label: 'age of the oldest', value: age },
        { label: 'left', value: left },
        { label: of === 'xid' ? 'autovacuum_freeze_max_age' : 'autovacuum_multixact_freeze_max_age', value: limit },
        ...tables.map(({ name, age: own }) => ({ label: `age of ${printable(name)}`, value: own })),
        ...holdersOf(view, { catalogues: true }).map((one) => ({ label: 'holds it back', value: holderText(one) })),
      ],
      advice: holder
        ? holderAdvice(holder)
        : {
            text: ages.current
              ? 'Nothing that can be seen holds it back: VACUUM the oldest tables by hand, and see in the log why autovacuum did not.'
              : 'Connect to that database, and VACUUM its oldest tables by hand.',
            code:
              tables.length > 0
                ? tables.map(({ sql }) => `VACUUM (FREEZE, VERBOSE) ${sql};`).join('\n')
                : 'SELECT oid::regclass, age(relfrozenxid) FROM pg_class WHERE relfrozenxid <> 0 ORDER BY 2 DESC LIMIT 5;',
          },
    },
  ];
}

function oldestTables(
  view: RuleView,
  of: 'xid' | 'multixact',
): readonly { readonly name: string; readonly sql: string; readonly age: number }[] {
  return [...factsOf(view, 'postgresql.table').values()]
    .flatMap((table) => {
      const age = of === 'xid' ? table.xidAge : table.multixactAge;
      return age === null
        ? []
        : [{ name: nameOf(table.schema, table.name), sql: qualified(table.schema, table.name), age }];
    })
    .sort((a, b) => b.age - a.age)
    .slice(0, MOST_TABLES);
}
