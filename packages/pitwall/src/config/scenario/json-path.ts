/**
 * Says why a text is no JSONPath (RFC 9535); null when it is one. The library is only loaded for scenarios that may have
 * paths: those with `extract` or `check` somewhere.
 */
export async function jsonPathProblems(scenario: unknown): Promise<(path: string) => string | null> {
  if (!mentionsPaths(scenario)) return () => null;
  const { compile } = await import('json-p3');
  return (path) => {
    try {
      compile(path);
      return null;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // "unclosed bracketed selection ('$.a[':4)"
      const [, what = message, at] = /^([\s\S]*) \('[\s\S]*':(\d+)\)$/.exec(message) ?? [];
      return `it is not a JSONPath: ${what}${at === undefined ? '' : `, at character ${Number(at) + 1}`}`;
    }
  };
}

function mentionsPaths(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, each]) => key === 'extract' || key === 'check' || mentionsPaths(each));
}
