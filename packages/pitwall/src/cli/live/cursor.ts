/** Where escape sequences go. Writes to a terminal are synchronous, so that they also work while the process ends. */
interface Output {
  write(text: string): unknown;
}

const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';

export interface HiddenCursor {
  /** Shows it again and lets go of the process. May be called more than once. */
  show(): void;
}

/**
 * Hides the cursor, and shows it again however the process ends: at its end, after an uncaught error, on `process.exit`, on
 * Ctrl-\ (SIGQUIT), and while it is stopped with Ctrl-Z. Ctrl-C, SIGTERM and SIGHUP are the command's own: they end in `show`.
 * `resumed` is called when a stopped process goes on, because the shell has written to the terminal meanwhile.
 */
export function hideCursor(output: Output, resumed: () => void): HiddenCursor {
  const restore = () => output.write(SHOW);
  const quit = () => {
    restore();
    process.off('SIGQUIT', quit);
    process.kill(process.pid, 'SIGQUIT');
  };
  const stop = () => {
    restore();
    process.kill(process.pid, 'SIGSTOP');
  };
  const resume = () => {
    output.write(HIDE);
    resumed();
  };
  const listeners = { exit: restore, SIGQUIT: quit, SIGTSTP: stop, SIGCONT: resume } as const;
  for (const [event, listener] of Object.entries(listeners)) process.on(event, listener);
  output.write(HIDE);
  let hidden = true;
  return {
    show() {
      if (!hidden) return;
      hidden = false;
      for (const [event, listener] of Object.entries(listeners)) process.off(event, listener);
      restore();
    },
  };
}
