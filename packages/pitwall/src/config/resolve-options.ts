import { PitwallError } from '../errors.ts';
import type { AnyIntegration } from '../model/integration.ts';
import { formatPath, type Problem } from './problem.ts';
import { resolveSecrets, type SecretContext } from './secrets.ts';
import { validate } from './validate.ts';

/**
 * Options of a target out of what was journalled (`ConfiguredTarget.rawOptions`): secrets are read anew, so that a change can
 * be taken back without the configuration file. Throws CONNECTION_UNRESOLVED.
 */
export async function resolveOptions(
  integration: AnyIntegration,
  rawOptions: unknown,
  context: SecretContext,
): Promise<unknown> {
  const problems: Problem[] = [];
  const resolved = resolveSecrets(rawOptions, [], context, problems);
  const options =
    problems.length === 0 ? validate<unknown>(integration.options, resolved, rawOptions, [], problems) : null;
  const [first, ...rest] = problems.map(({ path, problem, reference }) => {
    const key = path.length === 0 ? integration.id : formatPath(path);
    return context.redactor.redact(
      `${key}: ${reference === undefined ? '' : `the secret ${reference} cannot be read: `}${problem}`,
    );
  });
  if (first === undefined) return options;
  throw new PitwallError('CONNECTION_UNRESOLVED', { problem: first }, { also: rest });
}
