/** The server: settings, sessions, locks, checkpoints. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the collectors of the server.
export interface ServerFacts {}
