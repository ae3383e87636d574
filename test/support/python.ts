/** Python with what a test asks for, where it is. */
import { runSync } from "./spawn.ts";

/** A Python with the modules that were asked for, or why there is none. */
type FoundPython = { readonly path: string } | { readonly missing: string };

/**
 * Looks for modules without loading them, in MOE_LAB_PYTHON or python3.
 * @throws Error where MOE_LAB_PYTHON names a Python that can't do it: who sets it does not want a silent skip.
 */
export function findPython(...wanted: readonly string[]): FoundPython {
  const asked = process.env["MOE_LAB_PYTHON"] ?? "";
  const path = asked === "" ? "python3" : asked;
  const code = `import importlib.util as u; print(" ".join(m for m in ${JSON.stringify(wanted)} if u.find_spec(m) is None))`;
  const { code: exit, stdout, stderr } = runSync(path, ["-c", code]);
  const lacking = exit === 0 ? stdout.trim() : null;
  if (lacking === "") return { path };
  const missing =
    lacking === null
      ? `${path} does not run: ${stderr}`
      : `${path} has no ${lacking.replaceAll(" ", " and no ")}`;
  if (asked !== "") throw new Error(`MOE_LAB_PYTHON: ${missing}`);
  return { missing };
}
