/** Words that mean something else where a run is named. */
const RESERVED: ReadonlySet<string> = new Set(['latest']);

/** Whether a run can be given this name: 1 to 100 printable characters, and not `latest`. */
export function isBaselineName(name: string): boolean {
  return name !== '' && name.length <= 100 && !RESERVED.has(name) && !/[\u0000-\u001f\u007f]/.test(name);
}
