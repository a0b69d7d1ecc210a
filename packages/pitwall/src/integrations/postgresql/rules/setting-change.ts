import type { ChangeDraft } from '../../../model/change.ts';
import type { Evidence, RuleView } from '../../../model/rule.ts';
import type { SettingFact } from '../facts/server.ts';

export const SETTINGS_MANUAL = {
  title: 'PostgreSQL: Server Configuration',
  url: 'https://www.postgresql.org/docs/current/runtime-config.html',
};

/** Of the tunable `postgresql/setting`. What a setting is good for shows in the times of the endpoints that are loaded. */
export function changeSetting(view: RuleView, name: string, to: string, reason: string): ChangeDraft {
  const endpoints = view.allFacts('load.endpoint').map(({ key }) => key);
  return {
    tunable: 'postgresql/setting',
    subject: name,
    to,
    reason,
    affects: endpoints.map((endpoint) => ({ indicator: 'load.response.duration.p50', labels: { endpoint } })),
  };
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
