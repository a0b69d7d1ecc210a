import { type DraftVariable, VariableNames } from './draft.ts';
import { literal } from './literal.ts';
import type { ImportNotes } from './notes.ts';
import { isSecretName, looksSecret, SecretPlaceholders } from './secrets.ts';

/** Where a recorded value stands. */
export type ValuePlace = 'path' | 'query' | 'header' | 'json' | 'form' | 'part';

/** What a recorded value becomes. `name` of a variable; `reference` is text of the file that must not be escaped again. */
export type ValueUse =
  | { readonly as: 'literal' }
  | { readonly as: 'variable'; readonly name: string }
  | { readonly as: 'reference'; readonly text: string };

/** Decides about a recorded value before it is written. `name`: of its key, header or field; '' for a path segment. */
export type ValueRule = (value: string, name: string, place: ValuePlace) => ValueUse | null;

/**
 * What an import of recorded requests shares: notes, placeholders of secrets, variables, and the rule for values that come
 * from earlier responses. Without such a rule a value is a secret or text.
 */
export class Recording {
  readonly notes: ImportNotes;
  readonly secrets: SecretPlaceholders;
  readonly variables = new Map<string, DraftVariable>();
  readonly names = new VariableNames();
  /** Asked first; null: nothing special about the value. */
  rule: ValueRule = () => null;

  constructor(notes: ImportNotes) {
    this.notes = notes;
    this.secrets = new SecretPlaceholders(notes);
  }

  use(value: string, name: string, place: ValuePlace): ValueUse {
    const special = this.rule(value, name, place);
    if (special !== null) return special;
    if (value === '' || !((name !== '' && isSecretName(name)) || looksSecret(value))) return { as: 'literal' };
    const purpose = PURPOSES[place](name);
    const text = this.secrets.reference(name || 'PATH_SECRET', value, purpose);
    // In a path a value has to be encoded: only variables are.
    if (place !== 'path' && place !== 'query') return { as: 'reference', text };
    return { as: 'variable', name: this.secretVariable(text, name || 'path_secret') };
  }

  /** A variable that holds a reference to a secret: in a URL only what comes from variables is percent-encoded. */
  secretVariable(reference: string, wanted: string): string {
    for (const [known, { value }] of this.variables) if (value === reference) return known;
    const variable = this.names.name(wanted);
    this.variables.set(variable, { value: reference });
    return variable;
  }

  /** A value as a template of the file. */
  text(value: string, name: string, place: ValuePlace): string {
    const use = this.use(value, name, place);
    if (use.as === 'literal') return literal(value);
    return use.as === 'variable' ? `{{${use.name}}}` : use.text;
  }
}

const PURPOSES: Readonly<Record<ValuePlace, (name: string) => string>> = {
  path: () => 'part of a path',
  query: (name) => `query value ${name}`,
  header: (name) => `header ${name}`,
  json: (name) => `field ${name} of a JSON body`,
  form: (name) => `form field ${name}`,
  part: (name) => `form part ${name}`,
};
