/** Oldest Node that has what moe-lab uses; package.json says the same to npm. */
const OLDEST = { major: 20, minor: 19 } as const;

/** What to say on a Node that is too old; null where it is not. @param version e.g. `18.20.4`. */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return null;
  return `moe-lab needs Node ${OLDEST.major}.${OLDEST.minor} or newer, and this is Node ${version}; install a newer one (https://nodejs.org)`;
}
