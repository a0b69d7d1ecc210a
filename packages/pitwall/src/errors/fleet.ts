import { type ErrorDefinition, EXIT } from './definition.ts';

/** The shared store (PostgreSQL) and the machines that share a load. No detail may contain a password. */
export const fleet = {
  SHARED_STORE_URL: {
    exit: EXIT.usage,
    sentence: 'The URL of the shared store cannot be used: {problem}.',
    hint: 'It has the form postgres://user@host:5432/database, with the password in PGPASSWORD, in PGPASSFILE or in the URL.',
  },
  SHARED_STORE_CLIENT_MISSING: {
    exit: EXIT.usage,
    sentence: 'A shared store needs the package {package}, which is not installed.',
    hint: '`npm install pg pg-boss`, where pitwall itself is installed (with -g when it is).',
  },
  SHARED_STORE_UNREACHABLE: {
    exit: EXIT.unmeasurable,
    sentence: 'The store {store} cannot be reached: {reason}.',
    hint: 'Check host, port and firewall, and that PostgreSQL runs and takes connections from this host.',
  },
  SHARED_STORE_REFUSED: {
    exit: EXIT.usage,
    sentence: 'The store {store} does not let us in: {reason}.',
    hint: 'Check user, password (PGPASSWORD, PGPASSFILE or in the URL), database and pg_hba.conf.',
  },
  SHARED_STORE_RIGHTS: {
    exit: EXIT.usage,
    sentence: 'The user of the store {store} may not do what is needed: {reason}.',
    hint: 'Let the owner of the database run pitwall once, or: GRANT CREATE ON DATABASE … TO …; tables are kept in the schemas pitwall and pitwall_jobs.',
  },
  SHARED_STORE_NEWER: {
    exit: EXIT.usage,
    sentence: 'The tables of the store {store} have version {version}; this Pitwall knows versions up to {known}.',
    hint: 'They were left as they are. Use the same version of Pitwall on all machines.',
  },
  AGENTS_MISSING: {
    exit: EXIT.unmeasurable,
    sentence: 'Of {wanted} agents {came} came within {seconds} s, so nothing was sent.',
    hint: 'Start more with `pitwall agent --store …` (each takes one share at a time), ask for fewer with --agents, or wait longer with --agents-wait.',
  },
  AGENT_REFUSED: {
    exit: EXIT.usage,
    sentence: 'Agent {agent} refused its share of the load: {reason}',
    hint: 'An agent decides itself what it loads (`pitwall agent --allow HOST` on its machine) and looks at the whole plan again. Nothing was sent.',
  },
  AGENT_FAILED: {
    exit: EXIT.unmeasurable,
    sentence: 'Agent {agent} could not begin its share of the load: {reason}',
    hint: 'Nothing was measured. Look at the service from the machine of the agent.',
  },
  AGENTS_LOST: {
    exit: EXIT.unmeasurable,
    sentence: 'The load is not whole: {reason}.',
    hint: 'A load cannot be resumed. What the other agents measured is in the report; run it again for a verdict.',
  },
  AGENTS_STOPPED: {
    exit: EXIT.unmeasurable,
    sentence: 'The load was ended by somebody else: {reason}.',
    hint: 'Nothing of it can be judged. Run it again.',
  },
  SHARE_REFUSED: {
    exit: EXIT.usage,
    sentence: 'This share of a load is not carried out: {problem}.',
    hint: 'It came from the shared store, and everything there is checked before anything is sent.',
  },
  SHARE_LOST: {
    exit: EXIT.unmeasurable,
    sentence: 'This share of a load is no longer ours: {reason}.',
    hint: 'What was measured is not counted; the run says so.',
  },
} as const satisfies Record<string, ErrorDefinition>;
