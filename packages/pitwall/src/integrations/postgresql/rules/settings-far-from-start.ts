import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import { judgeSettings } from '../settings/all.ts';
import { JUDGED_BY, judgedBy, typeText } from '../settings/judging.ts';
import { START_SOURCES } from '../settings/start-values.ts';
import { countersOf, usualDay } from './schema-view.ts';
import { changeSetting, SETTINGS_MANUAL, settingEvidence, whenText } from './setting-change.ts';

const GIB = 2 ** 30;

export const settingsFarFromStart = defineRule({
  id: 'postgresql/settings-far-from-start',
  meta: {
    title: 'Settings that do not fit the machine and what is measured',
    why: 'The defaults are made for a small machine. Tools that compute settings from memory and processors alone give a value to begin with; whether another one is needed only shows in what the server does. So a setting is only found here when it is far from where one would begin, and something measured speaks for a change.',
    sources: [...START_SOURCES, SETTINGS_MANUAL],
    needs: { facts: ['postgresql.setting'] },
    uses: {
      facts: [
        ...JUDGED_BY,
        'postgresql.index',
        'postgresql.table',
        'postgresql.autovacuum',
        'postgresql.xmin',
        'postgresql.long-transaction',
        'postgresql.lock-tree',
        'load.endpoint',
      ],
    },
    doesNotApplyWhen:
      'Each setting is within its tolerance of the start value, nothing measured speaks for a change, or what it depends on is not known: then it is said which.',
    confirmedBy:
      'The counters of the server, and the trial: response times under load before and after, or, without a load, the times of the statements that it is for. What no time can show is advice. What a restart is needed for is not tried, only proposed.',
    thresholds: {
      counterAge: usualDay,
      cacheHit: {
        value: 0.99,
        unit: '1',
        source: 'PgHero and ruby-pg-extras: below 99 % (98.5 %) of pages found in shared buffers they raise it.',
      },
      readADay: {
        value: 10 * GIB,
        unit: 'By a day',
        source: 'Own choice: less is read in a few minutes by any disk, and how soon is no setting’s matter.',
      },
      temporaryADay: {
        value: GIB,
        unit: 'By a day',
        source: 'Own choice: less is written by a few reports, which can have memory of their own (SET LOCAL).',
      },
      memoryShare: {
        value: 0.8,
        unit: '1',
        source:
          'postgresqltuner warns when shared_buffers + max_connections × work_mem × 1.5 is above 80 % of the memory.',
      },
      jitShare: {
        value: 0.05,
        unit: '1',
        source: 'Own choice. pgtune switches it off for all but data warehouses, measured or not.',
      },
      fullPages: { value: 0.5, unit: '1', source: 'Own choice: below half there is little to compress.' },
      walADay: { value: 10 * GIB, unit: 'By a day', source: 'Own choice: less is no work for a disk.' },
      idleSeconds: { value: 60, unit: 's', source: 'As postgresql/idle-in-transaction.' },
    },
  },

  evaluate(view) {
    if (countersOf(view)?.inRecovery) {
      return {
        notApplicable:
          'this is a replica: what is measured here says nothing about the primary, and most settings are the primary’s',
      };
    }
    const judged = judgedBy(view);
    const judgements = judgeSettings(judged);
    const found = judgements.flatMap((judgement) => {
      if (!('to' in judgement)) return [];
      const { setting: name, to, because, evidence, note, confidence } = judgement;
      const setting = factsOf(view, 'postgresql.setting').get(name)!;
      return [
        {
          subject: name,
          summary: printable(`${name} is ${setting.text}: ${because}. To begin with: ${to}; ${whenText(setting)}`),
          severity: 'info' as const,
          confidence,
          evidence: [
            ...settingEvidence(setting).map(({ label, value }) => ({ label, value: printable(String(value)) })),
            ...evidence,
            { label: 'used for', value: typeText(judged.type) },
          ],
          ...changeSetting(view, { name, to, reason: because, note }),
        },
      ];
    });
    if (found.length > 0) return { found };
    const reasons = new Map<string, string[]>();
    for (const judgement of judgements) {
      if (!('leave' in judgement)) continue;
      reasons.set(judgement.leave, [...(reasons.get(judgement.leave) ?? []), judgement.setting]);
    }
    // Numbers and names of settings, all of them ours.
    const told = [...reasons].map(([reason, names]) => `${names.join(', ')}: ${reason}`);
    return { clear: `nothing to do for ${counted(judgements.length, 'setting')}. ${told.join('; ')}` };
  },
});
