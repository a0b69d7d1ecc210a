import { EXIT, PitwallError } from '../errors.ts';
import { loadAllIntegrations } from '../integrations/registry.ts';
import { closest } from '../model/closest.ts';
import type { Rule } from '../model/rule.ts';
import type { Run } from './command.ts';
import { flag, print } from './context.ts';
import { wrap } from './parse.ts';

export const run: Run = async (invocation) => {
  const rules = (await loadAllIntegrations()).flatMap((integration) => integration.rules);
  const wanted = invocation.positionals[0]!;
  const rule = rules.find(({ id }) => id === wanted);
  if (!rule) {
    const meant = closest(
      wanted,
      rules.map(({ id }) => id),
    );
    throw new PitwallError('USAGE', {
      what: `There is no rule ${wanted}${meant ? `; did you mean ${meant}?` : '.'}`,
      command: 'list',
    });
  }
  if (flag(invocation, 'json')) print(`${JSON.stringify({ id: rule.id, ...rule.meta }, null, 2)}\n`);
  else print(explanation(rule));
  return EXIT.ok;
};

function explanation({ id, meta }: Rule): string {
  const paragraph = (heading: string, text: string) => ['', heading, ...wrap(text, 76).map((line) => `  ${line}`)];
  const thresholds = Object.entries(meta.thresholds).flatMap(([name, { value, unit, source }]) => [
    `  ${name} = ${value} ${unit}`,
    ...wrap(source, 72).map((line) => `      ${line}`),
  ]);
  return `${[
    ...wrap(`${id}: ${meta.title}`, 80),
    ...paragraph('Why', meta.why),
    ...paragraph('Does not apply when', meta.doesNotApplyWhen),
    ...paragraph('Confirmed by', meta.confirmedBy),
    ...(thresholds.length > 0 ? ['', 'Thresholds (set under `rules:` in pitwall.yaml)', ...thresholds] : []),
    '',
    'Sources',
    ...meta.sources.map(({ title, url }) => `  ${title}\n      ${url}`),
  ].join('\n')}\n`;
}
