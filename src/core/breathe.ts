/** Lets signals and other events in: work that never waits would hold a Ctrl-C back until it is done. For between two pieces of it, never within a file. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
