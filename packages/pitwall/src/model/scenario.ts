/**
 * A scenario: weighted flows of steps that virtual users go through. Texts marked *template* may contain `{{name}}`: a
 * variable of the scenario, a column of a feeder, or what an earlier step of the same flow (or `oncePerUser`) extracted; and
 * built-in values such as `{{$uuid}}`. See model/template.ts. Where names meet, what was extracted wins over a variable.
 */

export interface Scenario {
  readonly name: string;
  readonly flows: readonly Flow[];
  /** Data for templates, read before the run. */
  readonly feeders: readonly Feeder[];
  /** Values for templates, the same for every user. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * Headers of every step that does not set them itself. Values are templates; in `oncePerUser`, a header that names what is
   * still to be extracted is left out.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether users keep cookies that responses set. */
  readonly cookies: boolean;
  /** Steps that each user does once before the run, such as a log-in. Not measured. What they extract stays with the user. */
  readonly oncePerUser: readonly Step[];
  /** Steps that each user does once after the run, with the values of its last iteration. Not measured; failures are counted. */
  readonly cleanUp: readonly Step[];
}

export interface Flow {
  readonly name: string;
  /** Share of the iterations, > 0. */
  readonly weight: number;
  readonly steps: readonly Step[];
}

export interface Step {
  /** Unique in the scenario: how reports and labels call it. */
  readonly name: string;
  readonly method: string;
  /** Path with query; a template (values are percent-encoded, unless `{{name|raw}}`). */
  readonly path: string;
  /** Values are templates. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: StepBody | null;
  /** Pause after this step, before the next one of the flow. */
  readonly thinkTime: ThinkTime | null;
  /**
   * Seconds this step is expected to take. In open shapes the next step is intended at this one's intended start plus this;
   * null: learned in the warm-up (the median of its service time).
   */
  readonly expected: number | null;
  readonly extract: readonly Extraction[];
  readonly checks: readonly Check[];
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * `text`, the texts inside `value` (not its keys), and the values of form fields and parts are templates each. Without
 * `contentType` a text is sent without that header; the other kinds bring theirs, unless the step's headers say otherwise.
 */
export type StepBody =
  | { readonly kind: 'text'; readonly text: string; readonly contentType: string | null }
  | { readonly kind: 'bytes'; readonly base64: string; readonly contentType: string | null }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'multipart'; readonly parts: readonly MultipartPart[] };

export interface MultipartPart {
  readonly name: string;
  /** A template, or base64 of file content that is sent as it is. */
  readonly value: string;
  readonly base64: boolean;
  /** Like `name` not a template: both are escaped as browsers do it. */
  readonly fileName: string | null;
  readonly contentType: string | null;
}

/** Where a value of a response comes from: the first that there is. */
export type ResponseSource =
  /** RFC 9535. A map or list becomes its JSON text; null counts as not there. */
  | { readonly from: 'jsonpath'; readonly path: string }
  /** JavaScript's regular expressions without flags, over the whole body as UTF-8. `group` 0 is the whole match. */
  | { readonly from: 'regex'; readonly pattern: string; readonly group: number }
  | { readonly from: 'header'; readonly name: string }
  | { readonly from: 'cookie'; readonly name: string };

/** Takes a value out of a response for later templates. Without a match the iteration ends with the error `extract`. */
export type Extraction = ResponseSource & { readonly as: string; readonly fallback?: string };

/**
 * What must hold of a response; a response that fails one is an error of kind `check`. A step with a status check is judged
 * by it alone: with `in: [404]` a 404 is a success.
 */
export type Check =
  | { readonly kind: 'status'; readonly name: string; readonly in: readonly number[] }
  /** `matches`: a regular expression that one value of the header contains; null: the header has to be there. */
  | { readonly kind: 'header'; readonly name: string; readonly header: string; readonly matches: string | null }
  /** Something is there (null is something); with `equals`, the first that is there is this plain data. */
  | { readonly kind: 'jsonpath'; readonly name: string; readonly path: string; readonly equals?: unknown }
  /** A regular expression that the body contains. */
  | { readonly kind: 'body'; readonly name: string; readonly matches: string }
  /** Bytes of the body on the wire, both included. */
  | { readonly kind: 'size'; readonly name: string; readonly min: number; readonly max: number }
  /** Seconds; looks at the response time. */
  | { readonly kind: 'latency'; readonly name: string; readonly max: number };

/** Rows for templates: each key is a variable, in all rows the same. An iteration takes a row of each feeder. */
export interface Feeder {
  readonly name: string;
  /**
   * `sequential`: in the order of the file, over all users, and again from the start; `random`: any row, with replacement;
   * `unique`: user u has row u for the whole run; `once`: each row is used once, and the run ends when they are used up.
   */
  readonly order: 'sequential' | 'random' | 'unique' | 'once';
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** Pauses, in seconds. Uniform: between `min` and `max`. */
export type ThinkTime =
  | { readonly distribution: 'constant'; readonly mean: number }
  | { readonly distribution: 'uniform'; readonly min: number; readonly max: number }
  | { readonly distribution: 'exponential'; readonly mean: number }
  /** `sigma` of the logarithm; `mean` of the pause itself. */
  | { readonly distribution: 'lognormal'; readonly mean: number; readonly sigma: number };

/** When a run ends before its time, looked at over a sliding window. */
export interface AbortRules {
  /** Share of requests that fail, 0–1. */
  readonly errorRatio: number | null;
  /** Seconds; p99 of the response time. */
  readonly p99: number | null;
  /** Seconds; how long it has to last. */
  readonly over: number;
  /** Whether danger signs of this host (swap, out of memory, disk queue) end the run, when the service is on it. */
  readonly danger: boolean;
}
