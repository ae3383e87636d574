/** Where a command prints: data on stdout, messages and progress on stderr. Injected, so that tests can read it. */
export interface CommandIO {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether stdout shows colour: a terminal, and `NO_COLOR` not set. */
  readonly color: boolean;
  /** Width of the terminal in characters; 100 when stdout is not one. */
  readonly columns: number;
}
