import { parseExactly, parsesExactly } from '../../model/exact-json.ts';
import type { CapturedResponse } from '../channel.ts';

const UTF8 = new TextDecoder('utf-8');

/** The answer to a step, for its checks and extractions: what costs is made when it is asked for, and once. */
export class Answer {
  readonly status: number;
  /** Seconds. */
  readonly responseTime: number;
  readonly #captured: CapturedResponse | null;
  #text: string | undefined;
  #data: { readonly value: unknown } | null | undefined;
  #exactData: { readonly value: unknown } | null | undefined;

  /** `captured` may be null for steps that were compiled with `capture: false`. */
  constructor(status: number, responseTime: number, captured: CapturedResponse | null) {
    this.status = status;
    this.responseTime = responseTime;
    this.#captured = captured;
  }

  /** Bytes of the body on the wire. */
  get size(): number {
    return this.#captured?.size ?? 0;
  }

  /** Whether the end of the body is missing, because it was longer than what is kept. */
  get truncated(): boolean {
    return this.#captured?.truncated ?? false;
  }

  /** Values of a header (its name in lower case), in the order received. */
  header(name: string): readonly string[] {
    return (this.#captured?.headers ?? []).filter(([each]) => each === name).map(([, value]) => value);
  }

  /** The body as UTF-8; what is none is replaced by U+FFFD. */
  get text(): string {
    this.#text ??= this.#captured ? UTF8.decode(this.#captured.body) : '';
    return this.#text;
  }

  /** The body as JSON; null when it is none. */
  get data(): { readonly value: unknown } | null {
    if (this.#data === undefined) this.#data = parsed(() => JSON.parse(this.text));
    return this.#data;
  }

  /** The same with whole numbers beyond 2^53 as text. */
  get exactData(): { readonly value: unknown } | null {
    if (this.#exactData === undefined) {
      this.#exactData = parsesExactly(this.text) ? this.data : parsed(() => parseExactly(this.text));
    }
    return this.#exactData;
  }
}

function parsed(parse: () => unknown): { readonly value: unknown } | null {
  try {
    return { value: parse() };
  } catch {
    return null;
  }
}
