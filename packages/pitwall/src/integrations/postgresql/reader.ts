import type { Client, QueryResult, QueryResultRow } from 'pg';
import type { Clients, OwnClient } from './clients.ts';
import { postgresqlFailure } from './failures.ts';
import { askLent, askOwn, type OwnCost } from './own-session.ts';

interface ReaderOptions {
  /** For people. */
  readonly name: string;
  readonly clients: Clients;
  /** What asking costs the database is added to it. */
  readonly own: OwnCost;
  /** Seconds. */
  readonly statementTimeout: number;
}

/** Asks over one session that only reads: made on the first question, and again when it was lost. */
export class Reader {
  readonly #options: ReaderOptions;
  #current: Promise<OwnClient> | null = null;
  /** Through a pooler: what is asked before it has its answer, or failed. */
  #lent: Promise<unknown> = Promise.resolve();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** @throws PitwallError as postgresqlFailure has it */
  async query<Row extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const { name, clients, own, statementTimeout } = this.#options;
    try {
      this.#current ??= clients.reader(() => {
        this.#current = null;
      });
      const { client, pooled } = await this.#current;
      if (!pooled) return await this.#ask(client, () => askOwn<Row>(client, text, values, own));
      const ask = () => askLent<Row>(client, text, values, { own, statementTimeout });
      const turn = this.#lent.then(() => this.#ask(client, ask));
      this.#lent = turn.catch(() => {});
      return await turn;
    } catch (error) {
      throw postgresqlFailure(error, name);
    }
  }

  /** Ends the session until the next question. */
  async rest(): Promise<void> {
    const mine = await this.#current?.catch(() => null);
    this.#current = null;
    await mine?.client.end().catch(() => {});
  }

  async #ask<Row extends QueryResultRow>(client: Client, work: () => Promise<QueryResult<Row>>): Promise<Row[]> {
    const startedAt = performance.now();
    try {
      return (await work()).rows;
    } catch (error) {
      // What did not answer blocks what is asked after it.
      if (!('severity' in (error as object))) await client.end();
      throw error;
    } finally {
      this.#options.own.seconds += (performance.now() - startedAt) / 1000;
    }
  }
}
