/** One observed thing: an HTTP service, a host, a process group, a database. */
export interface Target {
  /** Key under `targets:` in pitwall.yaml, for example `web` or `sqlite`. Unique in a run. */
  readonly id: string;
  /** Id of the integration that knows how to look at it, for example `sqlite`. */
  readonly integration: string;
  /** What a person calls it: a URL, a path, a host name. Never contains secrets. */
  readonly title: string;
}
