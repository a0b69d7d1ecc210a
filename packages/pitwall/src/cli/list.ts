import { EXIT } from '../errors.ts';
import { loadAllIntegrations } from '../integrations/registry.ts';
import type { Run } from './command.ts';
import { flag, print } from './context.ts';

export const run: Run = async (invocation) => {
  const integrations = await loadAllIntegrations();
  if (flag(invocation, 'json')) {
    const summary = integrations.map(
      ({ id, title, description, collectors, indicators, rules, tunables, confirmations }) => ({
        id,
        title,
        description,
        collectors: collectors.map(({ id: collector, title: what, kind, cost }) => ({
          id: `${id}/${collector}`,
          title: what,
          kind,
          cost,
        })),
        indicators,
        rules: rules.map((rule) => ({ id: rule.id, ...rule.meta })),
        tunables: tunables.map((tunable) => ({ id: tunable.id, ...tunable.meta })),
        confirmations: confirmations.map(({ id: probe, title: what, cost }) => ({ id: probe, title: what, cost })),
      }),
    );
    print(`${JSON.stringify(summary, null, 2)}\n`);
    return EXIT.ok;
  }
  const lines: string[] = [];
  for (const { id, title, collectors, indicators, rules, tunables } of integrations) {
    const section = (name: string, rows: readonly (readonly [string, string])[]) => {
      if (rows.length === 0) return;
      lines.push(`  ${name}`);
      for (const [left, right] of rows)
        lines.push(left.length > 30 ? `    ${left}\n${' '.repeat(36)}${right}` : `    ${left.padEnd(31)} ${right}`);
    };
    lines.push(`${id}: ${title}`);
    section(
      'measures',
      collectors.map((collector) => [
        collector.id,
        `${collector.title}${collector.kind === 'probe' ? ' (probe)' : ''}`,
      ]),
    );
    section(
      'indicators',
      indicators.map((indicator) => [indicator.name, indicator.title]),
    );
    section(
      'rules',
      rules.map((rule) => [rule.id, rule.meta.title]),
    );
    section(
      'tunables',
      tunables.map((tunable) => [tunable.id, tunable.meta.title]),
    );
    lines.push('');
  }
  print(`${lines.join('\n')}\n`);
  return EXIT.ok;
};
