import type { LoadedConfig } from '../config/build.ts';
import type { Redactor } from '../config/redact.ts';
import { loadIntegration } from '../integrations/registry.ts';
import type { Config, ConfiguredTarget } from '../model/config.ts';
import type { IndicatorDefinition } from '../model/indicator.ts';
import type { AnyIntegration, Environment } from '../model/integration.ts';
import type { Failure } from '../model/observation.ts';
import type { Rule } from '../model/rule.ts';
import type { Target } from '../model/target.ts';
import { failureOf } from '../observe/run-collectors.ts';

export interface SessionTarget {
  readonly target: Target;
  readonly configured: ConfiguredTarget;
  readonly integration: AnyIntegration;
  /** Null when the connection failed; `failure` then says why. */
  readonly connection: unknown;
  readonly failure: Failure | null;
}

/** What judging and diagnosing need of the integrations: data and pure functions only. */
export interface Catalogue {
  readonly definitions: ReadonlyMap<string, readonly IndicatorDefinition[]>;
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
}

/** A configuration with its targets connected. Close it, whatever happens. */
export interface Session {
  readonly config: Config;
  readonly environment: Environment;
  readonly targets: readonly SessionTarget[];
  readonly catalogue: Catalogue;
  /** Knows every secret of the configuration, and learns those of connections that were recorded in the journal. */
  readonly redactor: Redactor;
  close(): Promise<void>;
}

/** Connects every target; one that cannot be reached stays in the session with its failure, so that it is shown. */
export async function openSession(
  { config, redactor }: LoadedConfig,
  environment: Environment,
  signal: AbortSignal,
): Promise<Session> {
  const targets: SessionTarget[] = [];
  for (const configured of config.targets) {
    const integration = await loadIntegration(configured.integration);
    const target: Target = {
      id: configured.id,
      integration: integration.id,
      title: integration.targetTitle(configured.options),
    };
    try {
      const connection = await integration.connect(configured.options, {
        environment,
        signal,
        directory: config.directory,
      });
      targets.push({ target, configured, integration, connection, failure: null });
    } catch (error) {
      signal.throwIfAborted();
      targets.push({
        target,
        configured,
        integration,
        connection: null,
        failure: failureOf(`connecting to ${target.id}`, error),
      });
    }
  }
  return {
    config,
    environment,
    targets,
    catalogue: catalogueOf(targets.map(({ integration }) => integration)),
    redactor,
    async close() {
      for (const { integration, connection, failure } of targets) {
        if (!failure) await integration.close(connection);
      }
    },
  };
}

/** Definitions and rules of some integrations, by integration id. */
export function catalogueOf(integrations: readonly AnyIntegration[]): Catalogue {
  return {
    definitions: new Map(integrations.map(({ id, indicators }) => [id, indicators])),
    rules: new Map(integrations.map(({ id, rules }) => [id, rules])),
  };
}
