import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import type { RoleFact } from '../facts/server.ts';
import { quoteIdentifier } from '../identifiers.ts';

/** pg_read_all_data came with it. */
const READ_ALL_DATA = 140_000;

export const superuserRole = defineRule({
  id: 'postgresql/superuser-role',
  meta: {
    title: 'Pitwall uses a role that may do more than it needs',
    why: 'To plan a statement the server evaluates functions that are declared IMMUTABLE or STABLE. If one does more than its declaration says, it does that with the rights of whoever asks for the plan. A read-only transaction keeps it from writing rows, but not from what a superuser may do besides: run programs, read and write files of the server, end sessions.',
    sources: [
      {
        title: 'PostgreSQL: Function Volatility Categories',
        url: 'https://www.postgresql.org/docs/current/xfunc-volatility.html',
      },
      { title: 'PostgreSQL: Predefined Roles', url: 'https://www.postgresql.org/docs/current/predefined-roles.html' },
    ],
    needs: { facts: ['postgresql.role'] },
    doesNotApplyWhen:
      'The role is no superuser, and has none of pg_execute_server_program, pg_write_server_files, pg_read_server_files and pg_signal_backend. On a machine where all who can create functions are superusers anyway it is a note only.',
    confirmedBy: 'pg_roles, and the functions of this database that others than superusers own.',
    thresholds: {},
  },

  evaluate(view) {
    const role = factsOf(view, 'postgresql.role').get('');
    if (!role) return { notApplicable: 'what the role may do was not read' };
    const { name, superuser, powers, foreign } = role;
    if (!superuser && powers.length === 0) return { clear: printable(`${name} is no superuser, and reaches no files`) };
    const what = superuser ? 'a superuser' : `a member of ${powers.join(', ')}`;
    return {
      found: [
        {
          subject: printable(name),
          summary: printable(
            `Pitwall is connected as ${name}, ${what}${foreign > 0 ? `, and ${foreign} functions of other roles may be evaluated with its rights when statements are planned` : ''}`,
          ),
          severity: foreign > 0 ? 'warning' : 'info',
          confidence: 'high',
          evidence: [
            { label: 'superuser', value: superuser ? 'yes' : 'no' },
            ...(superuser ? [] : [{ label: 'member of', value: powers.join(', ') }]),
            { label: 'functions of other roles that planning may evaluate', value: foreign },
          ],
          advice: {
            text: 'Give Pitwall a role of its own, which sees everything and changes nothing. What `apply` changes needs more: indexes and statistics the owner of the tables, settings a superuser. Use such a role for these alone.',
            code: grants(role),
          },
        },
      ],
    };
  },
});

function grants({ name, database, version }: RoleFact): string {
  const own = name === 'pitwall' ? 'pitwall_reader' : 'pitwall';
  // Before 14 there is no role that reads all tables: each schema has to be named.
  const reading =
    version >= READ_ALL_DATA
      ? [`GRANT pg_read_all_data TO ${own};`]
      : [
          '-- and for each schema of the application:',
          `GRANT USAGE ON SCHEMA public TO ${own};`,
          `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${own};`,
          `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${own};`,
        ];
  return [
    `CREATE ROLE ${own} LOGIN NOSUPERUSER;  -- then \\password ${own}`,
    `ALTER ROLE ${own} SET default_transaction_read_only = on;`,
    `GRANT CONNECT ON DATABASE ${printable(quoteIdentifier(database))} TO ${own};`,
    `GRANT pg_monitor TO ${own};`,
    ...reading,
  ].join('\n');
}
