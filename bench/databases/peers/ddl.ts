/** The CREATE INDEX statements in what a program printed, each once; other lines are its talk. */
export function ddlIn(output: string): readonly string[] {
  const found = output.match(/\bCREATE\s+(?:UNIQUE\s+)?INDEX\b[^;]*?(?=;|\n\s*\n|$)/gi) ?? [];
  return [...new Set(found.map((ddl) => ddl.replace(/\s+/g, ' ').trim()))];
}
