/** What the statements of the workload cost and how they are planned. Without parameter values. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the collectors of statements.
export interface StatementFacts {}
