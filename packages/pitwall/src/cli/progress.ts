/** Says on stderr what is going on: one line that is rewritten on a terminal, a line each otherwise. Silent with --quiet. */
export interface Progress {
  /** Something short-lived. On a terminal it replaces the line before; elsewhere it is not shown. */
  step(text: string): void;
  /** Something worth keeping. */
  say(text: string): void;
  /** Clears the rewritten line. */
  done(): void;
}

export function createProgress(options: {
  quiet: boolean;
  terminal: boolean;
  /** Applied before a text is cut to the width of the terminal. */
  clean(text: string): string;
  write(text: string): void;
}): Progress {
  const { quiet, terminal, clean, write } = options;
  let open = false;
  const clear = () => {
    if (open) write('\r\u001b[2K');
    open = false;
  };
  return {
    step(said) {
      if (quiet || !terminal) return;
      const text = clean(said);
      clear();
      write(text.length > 78 ? `${text.slice(0, 77)}…` : text);
      open = true;
    },
    say(text) {
      if (quiet) return;
      clear();
      write(`${clean(text)}\n`);
    },
    done: clear,
  };
}
