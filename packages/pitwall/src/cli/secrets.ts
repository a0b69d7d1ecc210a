import type { Redactor } from '../config/redact.ts';
import type { Change } from '../model/change.ts';
import type { Store } from '../model/store.ts';

/** The redactors of the configurations that this process has read: one, as a rule. */
const known: Redactor[] = [];

/** From here on no secret of that configuration is shown, whatever text it turns up in. */
export function hideSecrets(redactor: Redactor): void {
  known.push(redactor);
}

/** The text without secrets. Whatever a command prints or writes to a file goes through here, error messages too. */
export function withoutSecrets(text: string): string {
  return known.reduce((result, redactor) => redactor.redact(result), text);
}

/** Plain data without secrets, for what is stored or saved as data. */
export function dataWithoutSecrets<T>(data: T): T {
  return known.reduce((result, redactor) => redactor.redactData(result), data);
}

/**
 * A store that gets no secret of a run: a service may put the header that it was sent into its answer, or into what it says
 * when it is started. In the journal only text for people is cleaned: the rest is what a change is undone with.
 */
export function storeWithoutSecrets(store: Store): Store {
  const { journal } = store;
  return {
    ...store,
    journal: {
      ...journal,
      add: (entry) => journal.add({ ...cleanBecause(entry), change: changeTextWithoutSecrets(entry.change) }),
      update: (id, patch) => journal.update(id, cleanBecause(patch)),
    },
    saveRun: (report, observations) => store.saveRun(dataWithoutSecrets(report), dataWithoutSecrets(observations)),
    setRecommendationStatus: (id, status, because) =>
      store.setRecommendationStatus(id, status, withoutSecrets(because)),
    keep: (name, value) => store.keep(name, dataWithoutSecrets(value)),
  };
}

function cleanBecause<T extends { readonly because?: string }>(record: T): T {
  return record.because === undefined ? record : { ...record, because: withoutSecrets(record.because) };
}

/** The change with its text for people cleaned, and all that is carried out as it is. */
export function changeTextWithoutSecrets(change: Change): Change {
  const { reason, preview, lock, needsRestartBecause, notChecked, predictions, basis, titles } = change;
  return {
    ...change,
    reason: withoutSecrets(reason),
    preview: { apply: withoutSecrets(preview.apply), undo: withoutSecrets(preview.undo) },
    ...(lock === undefined ? {} : { lock: withoutSecrets(lock) }),
    ...(needsRestartBecause === undefined ? {} : { needsRestartBecause: withoutSecrets(needsRestartBecause) }),
    ...(notChecked === undefined ? {} : { notChecked: notChecked.map(withoutSecrets) }),
    ...(predictions === undefined ? {} : { predictions: dataWithoutSecrets(predictions) }),
    ...(basis === undefined ? {} : { basis: dataWithoutSecrets(basis) }),
    ...(titles === undefined ? {} : { titles: dataWithoutSecrets(titles) }),
  };
}

/** True when a text in it is, or contains, a secret. Names of keys are no secrets: they are ours. */
export function containsSecret(data: unknown): boolean {
  if (typeof data === 'string') return withoutSecrets(data) !== data;
  if (typeof data !== 'object' || data === null) return false;
  return Object.values(data).some(containsSecret);
}
