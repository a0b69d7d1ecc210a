import { defineCollector } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { SettingFact } from '../facts/server.ts';
import { amountOf, settingUnit } from '../settings/amount.ts';

interface Row {
  readonly name: string;
  readonly type: string;
  readonly unit: string | null;
  readonly context: string;
  readonly source: string;
  readonly from: string | null;
  /** What a session begins with: not what ours has set for itself. */
  readonly value: string;
  readonly builtIn: string | null;
  readonly pending: boolean;
  readonly choices: readonly string[] | null;
  readonly overrides: readonly string[] | null;
}

/** Texts may be secrets (primary_conninfo), or name what is run (archive_command): they are told of only when they wait for a restart. */
const SETTINGS = `${OURS} s.name, s.vartype AS type, s.unit, s.context,
       CASE WHEN s.source = 'session' THEN 'not told' ELSE s.source END AS source, s.sourcefile || ':' || s.sourceline AS "from",
       CASE WHEN s.vartype = 'string' THEN '' ELSE s.reset_val END AS value,
       CASE WHEN s.vartype <> 'string' THEN s.boot_val END AS "builtIn", s.pending_restart AS pending, s.enumvals AS choices,
       (SELECT array_agg(coalesce('role ' || r.rolname, 'every role') || coalesce(' in ' || d.datname, '') || ': ' || substr(c, length(s.name) + 2) ORDER BY 1)
          FROM pg_catalog.pg_db_role_setting o
          LEFT JOIN pg_catalog.pg_roles r ON r.oid = o.setrole LEFT JOIN pg_catalog.pg_database d ON d.oid = o.setdatabase
         CROSS JOIN unnest(o.setconfig) c WHERE s.vartype <> 'string' AND lower(split_part(c, '=', 1)) = lower(s.name)) AS overrides
  FROM pg_catalog.pg_settings s
 WHERE (s.vartype <> 'string' AND s.name !~ '[.]' AND s.category !~ '^(Developer|Preset|Locale|Client Connection Defaults / Locale)') OR s.pending_restart`;

export const settings = defineCollector<PostgresqlConnection>({
  id: 'settings',
  title: 'Settings of the server: values, where they come from, what waits for a restart',
  kind: 'collector',
  timeLimit: 10,
  async collect(connection) {
    const rows = await connection.query<Row & Record<string, unknown>>(SETTINGS);
    return { facts: rows.map((row) => fact('postgresql.setting', row.name, factOf(row))) };
  },
});

function factOf(row: Row): SettingFact {
  return {
    value: amountOf(row.value, row),
    text: textOf(row),
    unit: settingUnit(row.unit),
    context: row.context,
    source: row.source,
    from: row.from,
    builtIn: row.builtIn === null ? null : amountOf(row.builtIn, row),
    pendingRestart: row.pending,
    choices: row.choices,
    overrides: row.overrides ?? [],
  };
}

function textOf({ type, unit, value }: Row): string {
  if (type === 'string') return 'a text, not shown';
  return unit === null || value === '-1' ? value : written(amountOf(value, { type, unit }), unit);
}

function written(amount: number | string, unit: string): string {
  if (typeof amount === 'string') return amount;
  if (settingUnit(unit) === 's') return amount >= 1 || amount === 0 ? `${amount}s` : `${amount * 1000}ms`;
  const units = [
    ['GB', 2 ** 30],
    ['MB', 2 ** 20],
    ['kB', 2 ** 10],
  ] as const;
  const [name, size] = units.find(([, bytes]) => amount !== 0 && amount % bytes === 0) ?? ['B', 1];
  return `${amount / size}${name}`;
}
