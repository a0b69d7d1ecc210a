import { canonical } from '../model/canonical.ts';
import type { ChangeDraft } from '../model/change.ts';

/** Equal for changes that do the same thing to the same knob, whoever asks for them. */
export function changeKey(target: string, { tunable, subject, to }: ChangeDraft): string {
  return canonical([target, tunable, subject, to]);
}

/**
 * `r-` and ten hexadecimal digits of the 64-bit FNV-1a hash of the text's UTF-8: the same on every machine and in every run. An
 * identifier, not a defence against forgery; with 40 bits a thousand recommendations collide once in two million runs.
 * Source: G. Fowler, L. C. Noll, K.-P. Vo, http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function recommendationId(text: string): string {
  return `r-${fnv1a(text).toString(16).padStart(16, '0').slice(-10)}`;
}

/** 64-bit FNV-1a. */
export function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}
