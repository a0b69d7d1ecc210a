import type { ChangeDraft } from '../../../model/change.ts';
import type { Evidence, FindingDraft, RuleView } from '../../../model/rule.ts';
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

/** For a person to run, where it is no change of ours. */
export function setSql(name: string, value: string): string {
  return `ALTER SYSTEM SET ${name} = '${value.replaceAll("'", "''")}';\nSELECT pg_reload_conf();`;
}
