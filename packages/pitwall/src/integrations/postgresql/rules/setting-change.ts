import type { ChangeDraft } from '../../../model/change.ts';
import type { Advice, Evidence, FindingDraft, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { SettingFact } from '../facts/server.ts';
import { settingProof } from './setting-proof.ts';

export const SETTINGS_MANUAL = {
  title: 'PostgreSQL: Server Configuration',
  url: 'https://www.postgresql.org/docs/current/runtime-config.html',
};

/**
 * A setting as a change of the tunable `postgresql/setting` where something can show that it helps, else as advice for a person.
 * `note`: what they should know before.
 */
export function changeSetting(
  view: RuleView,
  change: { readonly name: string; readonly to: string; readonly reason: string; readonly note?: string | undefined },
): Pick<FindingDraft, 'changes' | 'advice'> {
  const { name, to, reason, note } = change;
  const elsewhere = setElsewhere(name, factsOf(view, 'postgresql.setting').get(name));
  if (elsewhere !== null) return { advice: { text: `Try ${to}. ${elsewhere}${note ? ` ${note}` : ''}` } };
  const proof = settingProof(view, name);
  if (typeof proof === 'string') {
    return { advice: { text: `No change is proposed: ${proof}.${note ? ` ${note}` : ''}`, code: setSql(name, to) } };
  }
  const draft: ChangeDraft = { tunable: 'postgresql/setting', subject: name, to, reason, ...proof };
  return { changes: [draft], ...(note === undefined ? {} : { advice: { text: note } }) };
}

/** When it counts: as pg_settings.context has it. */
export function whenText({ context }: Pick<SettingFact, 'context'>): string {
  return context === 'postmaster' ? 'it counts only after a restart of the server' : 'it counts after a reload';
}

/** The value there is, where it comes from, and who has another. */
export function settingEvidence(setting: SettingFact): Evidence[] {
  return [
    { label: 'now', value: setting.text },
    { label: 'set by', value: setting.from ?? setting.source },
    ...setting.overrides.map((override) => ({ label: 'but', value: override })),
    ...(setting.pendingRestart ? [{ label: 'waits for a restart', value: 'another value is in its file' }] : []),
  ];
}

/**
 * Advice to set it, for a person: the statement, or where else it is set (`setElsewhere`). `setting`: undefined where it was not
 * read.
 */
export function adviseSetting(setting: SettingFact | undefined, name: string, to: string, text: string): Advice {
  const elsewhere = setElsewhere(name, setting);
  return elsewhere === null ? { text, code: setSql(name, to) } : { text: `${text} ${elsewhere}` };
}

/**
 * Where it is set that counts more than ALTER SYSTEM, as a sentence; null: ALTER SYSTEM counts. Of the sources in pg_settings
 * that people can use only the command line counts more for every session; the environment counts less than the files, and
 * `override` is also what the server has computed because nothing was set.
 * https://git.postgresql.org/gitweb/?p=postgresql.git;f=src/include/utils/guc.h (GucSource)
 */
function setElsewhere(name: string, setting: SettingFact | undefined): string | null {
  if (setting?.source !== 'command line') return null;
  return `It is on the server’s command line (postgres -c ${name}=${setting.text}; with Docker, the command of the container), where ALTER SYSTEM has no effect: change it or take it out there, and restart the server.`;
}

/** For a person to run, where it is no change of ours. */
function setSql(name: string, value: string): string {
  return `ALTER SYSTEM SET ${name} = '${value.replaceAll("'", "''")}';\nSELECT pg_reload_conf();`;
}
