/** Answers of the index advisor. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the advisor.
export interface AdviceFacts {}
