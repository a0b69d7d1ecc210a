import type { Redactor } from '../config/redact.ts';
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

/** A store that gets no secret of a run: a service may put the header that it was sent into its answer. */
export function storeWithoutSecrets(store: Store): Store {
  return {
    ...store,
    saveRun: (report, observations) => store.saveRun(dataWithoutSecrets(report), dataWithoutSecrets(observations)),
  };
}
