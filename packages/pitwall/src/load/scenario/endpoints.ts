import type { LoadEndpoint } from '../../model/load.ts';
import type { Scenario } from '../../model/scenario.ts';
import { literalTemplate } from '../../model/template.ts';

/** Plain endpoints as a scenario: each is a flow of one step, sent exactly as it is written. */
export function endpointsAsScenario(endpoints: readonly LoadEndpoint[]): Scenario {
  return {
    name: 'endpoints',
    flows: endpoints.map(({ name, method, path, headers, body, weight }) => ({
      name,
      weight,
      steps: [
        {
          name,
          method,
          path: literalTemplate(path),
          headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, literalTemplate(value)])),
          body: body === undefined ? null : { kind: 'text', text: literalTemplate(body), contentType: null },
          thinkTime: null,
          expected: null,
          extract: [],
          checks: [],
          tags: {},
        },
      ],
    })),
    feeders: [],
    variables: {},
    headers: {},
    cookies: false,
    oncePerUser: [],
    cleanUp: [],
  };
}
