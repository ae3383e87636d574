/**
 * Lets signals and other events in: work that never waits would hold a Ctrl-C back until it is done. For between two pieces of it, never within a file.
 * Twice, since Node looks for signals between one turn's immediates and the next one's, and this may be called in between.
 */
export async function breathe(): Promise<void> {
  await turn();
  await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
