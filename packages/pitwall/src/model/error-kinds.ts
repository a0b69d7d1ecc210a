/** What can become of a request but an answer that counts as good; see `StepResult.errors`. */
export const ERROR_KINDS = [
  'timeout',
  'connect',
  'reset',
  'protocol',
  'status-4xx',
  'status-5xx',
  'check',
  'extract',
  'template',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];
