/** Names for parts of a program, so that an error can say where in the model it happened. */
let scope = "";

/** Runs a part of a program's body under a name; the tracer notes it with every kernel call. */
export function inScope<T>(name: string, body: () => T): T {
  const outer = scope;
  scope = name;
  try {
    return body();
  } finally {
    scope = outer;
  }
}

/** The part that is running; "" outside of any, as in backward passes. */
export function currentScope(): string {
  return scope;
}
