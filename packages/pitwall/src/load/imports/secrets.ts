// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import type { ImportNotes } from './notes.ts';

/** Names that are secret as a whole; compared without case, `-`, `_` and `.`. */
const EXACT: ReadonlySet<string> = new Set([
  'key',
  'auth',
  'sid',
  'sig',
  'pin',
  'otp',
  'totp',
  'cvv',
  'cvc',
  'jwt',
  'pwd',
  'pass',
  'bearer',
  'ticket',
  'nonce',
  'session',
  'phpsessid',
  'jsessionid',
]);
/** Parts of names that make them secret. */
const PART =
  /passw(?:or)?d|passphrase|passcode|secret|token|apikey|accesskey|privatekey|authorization|credential|signature|sessionid|sessid|csrf|xsrf|onetime|verifier|assertion/;

/** Whether the values of a header, a query key or a field of this name are treated as secrets. */
export function isSecretName(name: string): boolean {
  const plain = name
    .slice(0, 200)
    .toLowerCase()
    .replace(/[-_.\s[\]]/g, '');
  return EXACT.has(plain) || PART.test(plain);
}

/**
 * Values that are secrets whatever they are called: JSON Web Tokens (RFC 7519), private keys, and the token prefixes that
 * GitHub, GitLab, Slack, Stripe, AWS, Google and npm document so that scanners can find them.
 */
const SECRET_VALUE =
  /^eyJ[\w-]{8,}\.[\w-]{2,}\.[\w-]*$|-----BEGIN [A-Z ]{0,30}PRIVATE KEY|^(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|[sr]k_(?:live|test)_|whsec_|npm_|AIza|AKIA|ASIA|ya29\.)[\w./+=-]{8,}/;
const E_MAIL = /^[^\s@/]{1,64}@[^\s@/]{1,200}\.[A-Za-z]{2,20}$/;

export function looksSecret(value: string): boolean {
  return SECRET_VALUE.test(value.slice(0, 8192));
}

/** An address of a person: not a secret, and still nobody wants it copied out of a log. */
export function looksPersonal(value: string): boolean {
  return value.length <= 270 && E_MAIL.test(value);
}

/** A secret that the scenario needs and the import did not copy. */
export interface SecretPlaceholder {
  /** Environment variable. */
  readonly env: string;
  readonly purpose: string;
}

/** Gives out `${env:…}` for secrets: one variable a name and value, so that two different tokens stay two. */
export class SecretPlaceholders {
  readonly #notes: ImportNotes;
  readonly #byValue = new Map<string, string>();
  readonly #purposes = new Map<string, string>();

  constructor(notes: ImportNotes) {
    this.#notes = notes;
  }

  /** Reference to an environment variable named after `name`. `value` only tells equal ones apart; it is not kept. */
  reference(name: string, value: string, purpose: string): string {
    const base = environmentName(name);
    const key = `${base}\n${value}`;
    let env = this.#byValue.get(key);
    if (env === undefined) {
      env = base;
      for (let number = 2; this.#purposes.has(env); number++) env = `${base}_${number}`;
      this.#byValue.set(key, env);
      this.#purposes.set(env, purpose);
    }
    this.#notes.leaveOut('secret', 'it is not copied: set its environment variable instead', `${env}: ${purpose}`);
    return `\${env:${env}}`;
  }

  /** An Authorization value: its scheme stays, what follows becomes a reference. */
  authorization(value: string, purpose: string): string {
    const scheme = /^([A-Za-z][A-Za-z0-9-]{0,30}) +\S/.exec(value)?.[1];
    if (scheme === undefined) return this.reference('AUTHORIZATION', value, purpose);
    const name = scheme.toLowerCase() === 'basic' ? 'BASIC_CREDENTIALS' : `${scheme}_TOKEN`;
    const what = scheme.toLowerCase() === 'basic' ? `${purpose} (base64 of user:password)` : purpose;
    return `${scheme} ${this.reference(name, value, what)}`;
  }

  /** An environment variable that the source names itself. */
  declare(env: string, purpose: string): void {
    if (!this.#purposes.has(env)) this.#purposes.set(env, purpose);
  }

  get all(): readonly SecretPlaceholder[] {
    return [...this.#purposes].map(([env, purpose]) => ({ env, purpose }));
  }
}

/** `X-Api-Key` → `X_API_KEY`. */
function environmentName(name: string): string {
  const clean = name
    .slice(0, 200)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40);
  return /^[A-Z]/.test(clean) ? clean : `SECRET_${clean || 'VALUE'}`;
}
