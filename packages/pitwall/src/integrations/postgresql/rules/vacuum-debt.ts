import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { AutovacuumFact, TableFact } from '../facts/schema.ts';
import { qualified } from '../identifiers.ts';
import { letAutovacuum, vacuum } from './changes.ts';
import { ageText, countersOf, mostImportant, notRead, shareText, wasRead } from './schema-view.ts';
import { adviseSetting } from './setting-change.ts';
import { tableSetting, whyNoAutovacuum } from './table-settings.ts';
import { holderAdvice, holdersOf, holderText } from './xmin.ts';

/** Of the share that it waits for now. [judgement: the manual only says to lower it for large tables] */
const SOONER = 4;
/** Cost limit of a table alone: five times the usual one, as the server's is proposed (settings/writing.ts). [judgement] */
const FASTER = 1000;

export const vacuumDebt = defineRule({
  id: 'postgresql/vacuum-debt',
  meta: {
    title: 'Dead rows that VACUUM has not removed',
    why: 'Each update and delete leaves a dead row. Scans and indexes carry it until a VACUUM has been there. When autovacuum is off, too slow, or held back by an old transaction, tables grow and queries slow down.',
    sources: [
      {
        title: 'PostgreSQL: The Autovacuum Daemon',
        url: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM',
      },
    ],
    needs: { facts: ['postgresql.schema', 'postgresql.autovacuum', 'postgresql.xmin'] },
    uses: { facts: ['postgresql.table', 'postgresql.counters', 'postgresql.setting'] },
    doesNotApplyWhen:
      'Dead rows are few, or no more than twice what autovacuum waits for: it comes around about once a minute.',
    confirmedBy:
      'n_dead_tup against autovacuum_vacuum_threshold + autovacuum_vacuum_scale_factor × rows, with the storage parameters of the table. When something holds back the oldest visible transaction, VACUUM cannot help: then that is named instead.',
    thresholds: {
      factor: {
        value: 2,
        unit: 'times what autovacuum waits for',
        source: 'Own choice: at 1 autovacuum begins; what is twice as much it does not keep up with.',
      },
      minimumRows: { value: 10_000, unit: 'dead rows', source: 'Own choice: fewer take under a megabyte or two.' },
    },
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'tables') === null) return notRead('tables');
    const tables = factsOf(view, 'postgresql.table');
    if (tables.size === 0) return { notApplicable: 'there are no tables' };
    if (countersOf(view)?.inRecovery) return { notApplicable: 'this is a replica: VACUUM runs on the primary' };
    const settings = factsOf(view, 'postgresql.autovacuum').get('')!;
    const found = [...tables].flatMap(([name, table]) => {
      const trigger = triggerOf(table, settings);
      // Without autovacuum nothing comes later.
      const factor = whyNoAutovacuum(table, settings) ? 1 : view.threshold('factor');
      return table.deadRows >= view.threshold('minimumRows') && table.deadRows > factor * trigger
        ? [{ weight: table.deadRows, finding: findingOf(view, name, table, settings, trigger) }]
        : [];
    });
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: 'no table has many more dead rows than autovacuum waits for' };
  },
});

function triggerOf(table: TableFact, settings: AutovacuumFact): number {
  const threshold = tableSetting(table, 'autovacuum_vacuum_threshold', settings.vacuumThreshold);
  const factor = tableSetting(table, 'autovacuum_vacuum_scale_factor', settings.vacuumScaleFactor);
  const most = tableSetting(table, 'autovacuum_vacuum_max_threshold', settings.vacuumMaxThreshold ?? -1);
  const trigger = threshold + factor * (table.rows ?? table.liveRows);
  return most < 0 ? trigger : Math.min(trigger, most);
}

function findingOf(
  view: RuleView,
  name: string,
  table: TableFact,
  settings: AutovacuumFact,
  trigger: number,
): FindingDraft {
  const share = table.deadRows / Math.max(1, table.deadRows + table.liveRows);
  const last = Math.min(
    table.vacuumedAgo ?? Number.POSITIVE_INFINITY,
    table.autovacuumedAgo ?? Number.POSITIVE_INFINITY,
  );
  const [holder] = holdersOf(view, { catalogues: false });
  const off = whyNoAutovacuum(table, settings);
  const why = off ?? (holder ? `held back by ${holderText(holder)}` : 'autovacuum does not keep up');
  const common = {
    subject: name,
    summary: printable(`${counted(table.deadRows, 'dead row')} in ${name}, ${shareText(share)} of it: ${why}`),
    severity: share >= 0.5 ? 'warning' : 'info',
    confidence: 'high',
    evidence: [
      { label: 'dead rows', value: table.deadRows },
      { label: 'live rows', value: table.liveRows },
      { label: 'autovacuum waits for', value: Math.round(trigger), unit: 'dead rows' },
      {
        label: 'last VACUUM',
        value: Number.isFinite(last) ? `${ageText(last)} ago` : 'never, since the counters began',
      },
      ...(holder ? [{ label: 'oldest that may see them', value: holderText(holder) }] : []),
    ],
    impact: { indicator: 'postgresql.rows.dead', labels: {}, text: 'scans read fewer dead rows' },
  } as const;
  // What it deleted before that transaction began would go, the rest would not: first things first.
  if (holder) return { ...common, advice: holderAdvice(holder) };
  const sooner = Number(
    (tableSetting(table, 'autovacuum_vacuum_scale_factor', settings.vacuumScaleFactor) / SOONER).toPrecision(2),
  );
  const changes = [vacuum(name, counted(table.deadRows, 'dead row'))];
  if (table.options.autovacuum_enabled !== undefined && off !== null && settings.enabled) {
    return { ...common, changes: [letAutovacuum(name, 'Otherwise dead rows never go by themselves'), ...changes] };
  }
  return {
    ...common,
    changes,
    advice: settings.enabled
      ? {
          text: 'If it comes back, let autovacuum work faster on this table: a smaller share of it, and fewer pauses. When many tables are late, postgresql/settings-far-from-start says what the server needs.',
          code: `ALTER TABLE ${qualified(table.schema, table.name)} SET (autovacuum_vacuum_scale_factor = ${sooner}, autovacuum_vacuum_cost_limit = ${FASTER});`,
        }
      : adviseSetting(
          factsOf(view, 'postgresql.setting').get('autovacuum'),
          'autovacuum',
          'on',
          'Autovacuum is off for the whole server. Switch it on.',
        ),
  };
}
