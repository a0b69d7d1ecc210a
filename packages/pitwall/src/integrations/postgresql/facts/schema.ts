/** Tables, indexes, constraints, sequences: what the catalogues and the statistics views say of them. */
export interface SchemaFacts {
  /** Key ''. How old the counters are that all other schema facts quote. */
  'postgresql.counters': CountersFact;
}

/** Counters say nothing before they have seen a usual day, and nothing at all about what was before a reset. */
export type CountersFact = {
  /** Seconds since the database's statistics were reset, or the server started with none; null when it does not say. */
  readonly age: number | null;
  /** Seconds since the server started. */
  readonly uptime: number | null;
  /** A replica: its counters are its own, and it cannot be changed. */
  readonly inRecovery: boolean;
  /** Streaming replicas of this server: what is unused here may be used there. */
  readonly replicas: number;
};
