/** What the host's collectors share between runs. Nothing is held open. */
export interface HostConnection {
  /** Mount points whose last `statfs` has not come back: asking again would block one more thread for good. */
  readonly hanging: Set<string>;
}
