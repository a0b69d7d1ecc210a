import { setTimeout } from 'node:timers/promises';
import type { Client, QueryResultRow } from 'pg';
import { genericPlan, planOf, TAG } from './explain-sql.ts';
import { isEnded, postgresqlFailure } from './failures.ts';
import type { OwnCost } from './own-session.ts';
import { canBeQuiet, quietly } from './quiet.ts';
import { whyNotRun } from './side-effects.ts';

/** A session may wait between its statements, for its share of load: so long it may be idle in its transaction at most, in seconds. */
const LONGEST_IDLE = 120;
/** Waits shorter than this are saved up: a timer of Node is no more exact. Seconds. */
const SHORTEST_WAIT = 0.005;
interface ExplainAsk {
  /** True: it is run too (read-only, rolled back), unless it might do more than read. */
  readonly run: boolean;
  /** True: for any values (`$1` stays unknown), which hides skew; only where there are no values to plan with. */
  readonly generic: boolean;
  /** True: run without timing its steps, which costs less and so tells better how long the whole takes. Absent: false. */
  readonly bare?: boolean;
  /** Seconds after which a run is ended, where that is sooner than `statementTimeout`. */
  readonly within?: number;
  /** True: a run that is ended by that limit answers with the plan alone, and `endedAfter`. Absent: it throws POSTGRESQL_SLOW. */
  readonly orPlan?: boolean;
}

interface PlanJson {
  /** What EXPLAIN (FORMAT JSON) says: `Plan`, and when it was run `Planning Time` and `Execution Time` in milliseconds. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly ran: boolean;
  /** Why it was not run although it was asked for: the end of a sentence. */
  readonly notRun: string | null;
  /** Seconds after which the run was ended, as `ExplainAsk.orPlan` allows. Absent: it was not. */
  readonly endedAfter?: number;
}

/** What an analysis may ask: it sees the database as the application does, and cannot write. */
export interface AnalysisSession {
  /** `server_version_num`: 150018. */
  readonly version: number;
  readonly inRecovery: boolean;
  /** True behind a pooler such as PgBouncer: what belongs to a session (HypoPG's indexes) has no place here. */
  readonly pooled: boolean;
  /** The extension as it is in this database; null: it is not. */
  readonly hypopg: { readonly schema: string; readonly version: string } | null;
  /**
   * Rows of one statement of ours, which begins with `OURS`. When it fails the session goes on.
   * @throws PitwallError as `PostgresqlConnection.query` does
   */
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * The plan of a statement of the application. `params` are values by position, as texts where the type is not known.
   * Its locks are given back at once. @throws PitwallError as `query` does, when it cannot be planned or run
   */
  explain(text: string, params: readonly unknown[], ask: ExplainAsk): Promise<PlanJson>;
}

export interface AnalystSettings {
  /** For people. */
  readonly name: string;
  readonly own: OwnCost;
  /** A new client that reads only, with whether there is a pooler in between. */
  connect(): Promise<{ client: Client; pooled: boolean }>;
  /** Seconds. */
  readonly statementTimeout: number;
  /** Share of one connection's time that analysis may be at work: above 0, up to 1. Asked before each piece of analysis. */
  maxLoad(): number;
  /** Schemas that the application's statements find their tables in; null: as the database has it for our role. */
  readonly searchPath: string | null;
}

interface Server {
  readonly client: Client;
  readonly pooled: boolean;
  readonly searchPath: string;
  /** What is asked here need not be counted by pg_stat_statements. */
  readonly quiet: boolean;
}

type About = Pick<AnalysisSession, 'version' | 'inRecovery' | 'hypopg'>;

/** The second session of a connection: one piece of analysis at a time, each in a read-only transaction that is rolled back. */
export class Analyst {
  readonly #settings: AnalystSettings;
  #server: Promise<Server> | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(settings: AnalystSettings) {
    this.#settings = settings;
  }

  /** @throws what `work` throws, PitwallError as `query` does, and the signal's reason */
  analyse<T>(work: (session: AnalysisSession) => Promise<T>, signal: AbortSignal): Promise<T> {
    const turn = this.#queue.then(() => this.#run(work, signal));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    const server = await this.#server?.catch(() => null);
    this.#server = null;
    await server?.client.end().catch(() => {});
  }

  async #run<T>(work: (session: AnalysisSession) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const { name, statementTimeout } = this.#settings;
    try {
      this.#server ??= this.#connect();
      const server = await this.#server;
      await this.#send(server, `BEGIN ${TAG} ISOLATION LEVEL READ COMMITTED READ ONLY`);
      this.#settings.own.transactions++;
      let about: About | null = null;
      try {
        const { rows } = await this.#send(
          server,
          `SELECT ${TAG} pg_catalog.set_config('statement_timeout', $1, true), pg_catalog.set_config('lock_timeout', '1s', true),
                  pg_catalog.set_config('idle_in_transaction_session_timeout', $2, true),
                  pg_catalog.set_config('search_path', $3, true), pg_catalog.set_config('jit', 'off', true),
                  ${server.quiet ? `${quietly('transaction')},` : ''}
                  pg_catalog.current_setting('server_version_num')::int AS version, pg_catalog.pg_is_in_recovery() AS "inRecovery",
                  (SELECT pg_catalog.jsonb_build_object('schema', pg_catalog.quote_ident(n.nspname), 'version', e.extversion)
                     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                    WHERE e.extname OPERATOR(pg_catalog.=) 'hypopg') AS hypopg`,
          [`${Math.ceil(statementTimeout * 1000)}ms`, `${LONGEST_IDLE}s`, server.searchPath],
        );
        about = rows[0] as unknown as About;
        await this.#send(server, `SAVEPOINT pitwall ${TAG}`);
        return await work(this.#session(server, about, signal));
      } finally {
        await this.#giveBack(server, about?.hypopg ?? null);
      }
    } catch (error) {
      throw postgresqlFailure(error, name);
    }
  }

  async #connect(): Promise<Server> {
    try {
      const { client, pooled } = await this.#settings.connect();
      const lost = () => {
        this.#server = null;
      };
      client.on('error', lost);
      client.on('end', lost);
      // As a session of our role begins with; ours has one of its own (makeReadOnly in connection.ts).
      const { rows } = await this.#ask(
        client,
        `SELECT ${TAG} reset_val AS path FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'search_path'`,
      );
      this.#settings.own.transactions++;
      const quiet = await canBeQuiet((text) => {
        this.#settings.own.transactions++;
        return this.#ask(client, text);
      });
      return { client, pooled, quiet, searchPath: safePath(this.#settings.searchPath ?? String(rows[0]!.path)) };
    } catch (error) {
      this.#server = null;
      throw error;
    }
  }

  /** Whatever happened: nothing of ours stays in the session. One that does not answer is ended. */
  async #giveBack(server: Server, hypopg: About['hypopg']): Promise<void> {
    try {
      await this.#send(server, `ROLLBACK ${TAG}`);
      if (server.pooled) return;
      // Hypothetical indexes, advisory locks and prepared statements of a session survive a ROLLBACK.
      const reset = hypopg === null ? '' : `, ${hypopg.schema}.hypopg_reset()`;
      await this.#send(server, `SELECT ${TAG} pg_catalog.pg_advisory_unlock_all()${reset}`);
      await this.#send(server, `DEALLOCATE ${TAG} ALL`);
      this.#settings.own.transactions += 2;
    } catch {
      this.#server = null;
      await server.client.end().catch(() => {});
    }
  }

  #session(server: Server, about: About, signal: AbortSignal): AnalysisSession {
    const paced = new Pace(this.#settings.maxLoad());
    const one = async (text: string, values: readonly unknown[] = []) => {
      signal.throwIfAborted();
      await paced.wait(signal);
      const before = this.#settings.own.seconds;
      try {
        return await this.#send(server, text, values);
      } finally {
        paced.worked(this.#settings.own.seconds - before);
      }
    };
    /** Back to the savepoint after each: a failure does not end the transaction, and locks are not kept. */
    const alone = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw postgresqlFailure(error, this.#settings.name);
      } finally {
        // A lost connection has no savepoint: what failed first is what is told.
        await this.#send(server, `ROLLBACK TO SAVEPOINT pitwall ${TAG}`).catch(() => {});
      }
    };
    const session: AnalysisSession = {
      version: about.version,
      inRecovery: about.inRecovery,
      hypopg: about.hypopg,
      pooled: server.pooled,
      query: <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) => {
        if (!text.startsWith(`SELECT ${TAG}`)) throw new TypeError('an analysis asks with SELECT /* pitwall */ only');
        return alone(async () => (await one(text, values)).rows as Row[]);
      },
      explain: (text, params, { run, generic, bare, within, orPlan }) =>
        alone(async () => {
          const plan = generic ? await genericPlan(text, one) : await planOf('', text, params, one);
          if (!run || generic) {
            return { json: plan, ran: false, notRun: run ? 'a plan for any values cannot be run' : null };
          }
          const verbose = await planOf('VERBOSE, ', text, params, one);
          const notRun = await whyNotRun(verbose, text, async (sql, values) => (await one(sql, values)).rows);
          if (notRun !== null) return { json: plan, ran: false, notRun };
          if (within !== undefined && within < this.#settings.statementTimeout) {
            await one(`SELECT ${TAG} pg_catalog.set_config('statement_timeout', $1, true)`, [
              `${Math.ceil(within * 1000)}ms`,
            ]);
          }
          const how = bare ? 'ANALYZE, TIMING off, ' : 'ANALYZE, BUFFERS, ';
          const limit = Math.min(within ?? Number.POSITIVE_INFINITY, this.#settings.statementTimeout);
          const startedAt = performance.now();
          try {
            return { json: await planOf(how, text, params, one), ran: true, notRun: null };
          } catch (error) {
            // Somebody who ends it sooner (pg_cancel_backend) has the same code.
            const isLimit = isEnded(error) && performance.now() - startedAt >= limit * 1000;
            if (!orPlan || !isLimit) throw error;
            return { json: plan, ran: false, notRun: null, endedAfter: limit };
          }
        }),
    };
    return session;
  }

  async #send(server: Server, text: string, values: readonly unknown[] = []) {
    return this.#ask(server.client, text, values);
  }

  async #ask(client: Client, text: string, values: readonly unknown[] = []) {
    const { own } = this.#settings;
    const startedAt = performance.now();
    own.statements++;
    try {
      // Extended always: the protocol's simple form would take several statements in one text.
      return await client.query<QueryResultRow>({ text, values: [...values], queryMode: 'extended' } as never);
    } catch (error) {
      // What did not answer blocks what is asked after it.
      if (!('severity' in (error as object))) {
        this.#server = null;
        await client.end().catch(() => {});
      }
      throw error;
    } finally {
      own.seconds += (performance.now() - startedAt) / 1000;
    }
  }
}

/** pg_catalog first, whatever the role's path says: nobody's function stands in for the server's. Temporary tables last. */
export function safePath(path: string): string {
  const rest = path
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((schema) => schema.trim())
    .filter((schema) => schema !== '' && schema !== '""' && !/^"?pg_(catalog|temp)"?$/i.test(schema));
  return ['pg_catalog', ...rest, 'pg_temp'].join(', ');
}

/** After work of t seconds waits t × (1 ÷ share − 1), so that the busy share of the time stays below. */
class Pace {
  readonly #factor: number;
  #debt = 0;

  constructor(share: number) {
    this.#factor = 1 / share - 1;
  }

  worked(seconds: number): void {
    this.#debt += seconds * this.#factor;
  }

  async wait(signal: AbortSignal): Promise<void> {
    if (this.#debt < SHORTEST_WAIT) return;
    const seconds = Math.min(this.#debt, LONGEST_IDLE / 2);
    this.#debt = 0;
    await setTimeout(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
