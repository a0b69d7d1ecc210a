import type { Extraction, ResponseSource } from '../../../model/scenario.ts';
import { withoutReferences } from '../literal.ts';
import type { Recording, ValuePlace, ValueUse } from '../recording.ts';
import type { HarEntry } from './read.ts';
import { jsonLeaves, markedValues } from './response-values.ts';

/** A value of a response that a later request used. */
export interface Correlation {
  readonly variable: string;
  /** Position of the step that the value is taken from. */
  readonly from: number;
  /** JSONPath, pattern or header, for people. */
  readonly source: string;
  /** Positions of the steps that use it. */
  readonly usedBy: readonly number[];
}

interface Source {
  readonly step: number;
  readonly source: ResponseSource;
  /** Key or field that it stood under: what the variable is called. */
  readonly wanted: string;
}

/** Values that are kept to be found again. */
const MOST_VALUES = 200_000;
const SHORTEST = 6;
const LONGEST = 4096;

/**
 * Finds values that one response gave and a later request sent: ids of things just made, CSRF tokens, access tokens. It is
 * conservative: at least 6 characters with a digit in them (or 20 without), no date, not sent before the response came, and
 * equal as a whole to a text or number of the JSON, a form field or meta tag of the HTML, or a header.
 */
export class Correlator {
  readonly #recording: Recording;
  readonly #sources = new Map<string, Source>();
  /** Sent before any response had it: not caused by one. */
  readonly #sent = new Set<string>();
  readonly #extractions = new Map<number, Extraction[]>();
  readonly #variables = new Map<string, string>();
  readonly #found = new Map<string, Omit<Correlation, 'variable' | 'usedBy'> & { readonly usedBy: Set<number> }>();

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** The rule for the values of one step: only what came before it counts. */
  ruleFor(step: number): (value: string, name: string, place: ValuePlace) => ValueUse | null {
    return (value) => {
      const source = this.#sources.get(value);
      if (!isTelling(value)) return null;
      if (!source || source.step >= step) {
        this.#sent.add(value);
        return null;
      }
      return this.#sent.has(value) ? null : { as: 'variable', name: this.#variable(value, source, step) };
    };
  }

  #variable(value: string, source: Source, user: number): string {
    let name = this.#variables.get(value);
    if (name === undefined) {
      name = this.#recording.names.name(source.wanted);
      this.#variables.set(value, name);
      const list = this.#extractions.get(source.step) ?? [];
      list.push({ ...source.source, as: name });
      this.#extractions.set(source.step, list);
      this.#found.set(name, { from: source.step, source: describe(source.source), usedBy: new Set() });
    }
    this.#found.get(name)!.usedBy.add(user);
    return name;
  }

  /** Remembers the values of a step's response. */
  learn(step: number, { responseText, responseType, responseHeaders }: HarEntry): void {
    for (const [name, value] of responseHeaders) {
      if (
        /^(?:set-cookie|date|etag|content-.*|age|expires|last-modified|cf-ray|server|via|alt-svc|report-to|nel)$/i.test(
          name,
        )
      )
        continue;
      this.#remember(value, { step, source: { from: 'header', name: name.toLowerCase() }, wanted: name });
    }
    if (responseText === null) return;
    if (/json/.test(responseType)) {
      for (const { value, path, key } of jsonLeaves(responseText)) {
        this.#remember(value, { step, source: { from: 'jsonpath', path: withoutReferences(path) }, wanted: key });
      }
    } else if (/html/.test(responseType)) {
      for (const { value, pattern, name } of markedValues(responseText)) {
        this.#remember(value, {
          step,
          source: { from: 'regex', pattern: withoutReferences(pattern), group: 1 },
          wanted: name,
        });
      }
    }
  }

  #remember(value: string, source: Source): void {
    if (this.#sources.size >= MOST_VALUES || !isTelling(value) || this.#sources.has(value)) return;
    this.#sources.set(value, source);
  }

  extractionsOf(step: number): readonly Extraction[] {
    return this.#extractions.get(step) ?? [];
  }

  get found(): readonly Correlation[] {
    return [...this.#found].map(([variable, { from, source, usedBy }]) => ({
      variable,
      from,
      source,
      usedBy: [...usedBy],
    }));
  }
}

/** Whether a value is so particular that it turns up twice for a reason. */
function isTelling(value: string): boolean {
  if (value.length < SHORTEST || value.length > LONGEST) return false;
  if (!/\d/.test(value) && (value.length < 20 || /[\s/]/.test(value))) return false;
  // Dates, versions and decimals are written the same by both sides without one having it from the other.
  return !/^\d{4}-\d\d(?:-\d\d)?(?:[T ].*)?$|^\d+\.\d|^v?\d+(?:\.\d+)+$|^https?:/.test(value);
}

function describe(source: ResponseSource): string {
  if (source.from === 'jsonpath') return source.path;
  return source.from === 'regex' ? `match of ${source.pattern}` : `${source.from} ${source.name}`;
}
