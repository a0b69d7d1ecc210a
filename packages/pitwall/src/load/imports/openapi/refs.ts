import type { ImportNotes } from '../notes.ts';
import { mapOf, own, textAt, type UnknownMap } from '../untrusted.ts';

/** References that lead to references are followed this far. */
const MOST_HOPS = 20;

/** Follows `$ref` inside one document (RFC 6901 pointers). Other files and hosts are never read. */
export class References {
  readonly #document: UnknownMap;
  readonly #notes: ImportNotes;

  constructor(document: UnknownMap, notes: ImportNotes) {
    this.#document = document;
    this.#notes = notes;
  }

  /** What a map stands for, with the last reference on the way; null, with a note, for one that leads nowhere. */
  follow(value: unknown): { readonly value: UnknownMap; readonly ref: string | null } | null {
    let at = mapOf(value);
    let last: string | null = null;
    for (let hops = 0; at !== null; hops++) {
      const ref = textAt(at, '$ref');
      if (ref === null) return { value: at, ref: last };
      if (!ref.startsWith('#')) return this.#lost(ref, 'it leads to another file, and only this one is read');
      if (hops >= MOST_HOPS) return this.#lost(ref, 'it leads back to itself');
      at = mapOf(this.#find(ref));
      if (at === null) return this.#lost(ref, 'it leads to nothing');
      last = ref;
    }
    return null;
  }

  /** The same without the way. */
  resolve(value: unknown): UnknownMap | null {
    return this.follow(value)?.value ?? null;
  }

  #lost(ref: string, reason: string): null {
    this.#notes.leaveOut('reference ($ref)', reason, ref);
    return null;
  }

  #find(ref: string): unknown {
    let at: unknown = this.#document;
    for (const part of ref.slice(1).split('/').slice(1)) {
      const key = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
      at = Array.isArray(at) && /^\d{1,6}$/.test(key) ? at[Number(key)] : own(at, key);
    }
    return at;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
