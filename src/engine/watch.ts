import { tf, type Tfjs } from "./tf.ts";

/** A call of a tfjs kernel. */
export interface KernelCall {
  readonly kernel: string;
  /** Its stack tells who called. */
  readonly at: Error;
}

/** Runs something and notes the first call of every kernel on the way, gradients included. */
export function watchKernels<T>(calls: Map<string, KernelCall>, work: () => T): T {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  const watching = (...call: Parameters<typeof runKernel>): Tfjs.Tensor | Tfjs.Tensor[] => {
    const [kernel] = call;
    if (!calls.has(kernel)) calls.set(kernel, { kernel, at: new Error(kernel) });
    return runKernel(...call);
  };
  engine.runKernel = watching as typeof runKernel;
  try {
    return work();
  } finally {
    Reflect.deleteProperty(engine, "runKernel"); // the method of its class is seen again
  }
}
