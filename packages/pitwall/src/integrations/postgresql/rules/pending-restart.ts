import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { SETTINGS_MANUAL } from './setting-change.ts';

export const pendingRestart = defineRule({
  id: 'postgresql/pending-restart',
  meta: {
    title: 'Settings that wait for a restart',
    why: 'Somebody has changed them, and the server still runs with the old values. Whoever reads the file is wrong about the server, and the next restart, perhaps after a crash, changes more than was meant.',
    sources: [
      SETTINGS_MANUAL,
      { title: 'PostgreSQL: pg_settings', url: 'https://www.postgresql.org/docs/current/view-pg-settings.html' },
    ],
    needs: { facts: ['postgresql.setting'] },
    doesNotApplyWhen:
      'No setting is marked pending_restart, or only such as are given on the command line of the server, which counts more than its files.',
    confirmedBy: 'pg_settings.pending_restart.',
    thresholds: {},
  },

  evaluate(view) {
    const pending = [...factsOf(view, 'postgresql.setting')].filter(
      // The server marks those of its command line too, which counts more than the file: a restart changes nothing.
      ([, { pendingRestart: waits, source }]) => waits && source !== 'command line',
    );
    if (pending.length === 0) return { clear: 'the server runs with the values of its files' };
    return {
      found: pending.map(([name, setting]) => ({
        subject: name,
        summary: printable(
          `${name} is ${setting.text} until the next start of the server: its file says something else`,
        ),
        severity: 'info' as const,
        confidence: 'high' as const,
        evidence: [
          { label: 'now', value: printable(setting.text) },
          ...(setting.from === null ? [] : [{ label: 'in use from', value: printable(setting.from) }]),
        ],
        advice: {
          text: 'Restart the server when it suits, or take the change back. What waits:',
          code: `SELECT name, setting, sourcefile, sourceline FROM pg_file_settings WHERE name = '${name.replaceAll("'", "''")}';`,
        },
      })),
    };
  },
});
