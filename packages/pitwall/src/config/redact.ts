const MARK = '‹redacted›';

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Shorter values would blank out parts of ordinary words and numbers. */
const MIN_LENGTH = 4;

/** Collects the secrets of a run and blanks them out in whatever is written: logs, reports, the store, messages. */
export class Redactor {
  readonly #forms = new Set<string>();
  #longestFirst: readonly string[] = [];

  /** Remembers a secret; also as it looks inside JSON, HTML and a URL. Values under 4 characters are not redacted. */
  add(secret: string): void {
    const html = secret.replace(/[&<>"']/g, (character) => HTML[character]!);
    const json = JSON.stringify(secret).slice(1, -1);
    for (const form of [secret, secret.trim(), json, html, encodeURIComponent(secret.toWellFormed())]) {
      if (form.trim().length >= MIN_LENGTH) this.#forms.add(form);
    }
    // A secret that contains another one has to go first, or its rest would stay readable.
    this.#longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
  }

  /** The text with every secret replaced by ‹redacted›. */
  redact(text: string): string {
    let result = text;
    for (const form of this.#longestFirst) result = result.replaceAll(form, MARK);
    return result;
  }

  /** A copy of plain data with every text in it redacted, keys too. */
  redactData<T>(data: T): T {
    if (this.#longestFirst.length === 0) return data;
    if (typeof data === 'string') return this.redact(data) as T;
    if (Array.isArray(data)) return data.map((item) => this.redactData(item)) as T;
    if (typeof data !== 'object' || data === null) return data;
    return Object.fromEntries(
      Object.entries(data).map(([key, item]) => [this.redact(key), this.redactData(item)]),
    ) as T;
  }
}
