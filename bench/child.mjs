/** A peer's process, as the benchmark sees it. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ABOUT, DONE, REFUSAL, TAKEN } from "./protocol.mjs";

/** @import { About, Contender, Taken } from "./protocol.mjs" */
/**
 * @typedef {{ threads: number, folder: string, profilePrefix?: string }} Preparation
 * `folder` holds the case; the compiled engine writes ONNX Runtime's profile to `profilePrefix`.
 */

/** Characters of a dead child's last words that are kept. */
const LAST_WORDS = 2000;

/** A child process that answers each line of JSON with one. Its methods throw where it refuses, dies, or says what is no answer. */
export class Child {
  #process;
  /** @type {{ resolve: (answer: unknown) => void, reject: (error: unknown) => void } | null} */
  #waiting = null;
  #words = "";
  /** @type {Error | null} */
  #death = null;

  /**
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Readonly<Record<string, string>>} env beside this process's own
   */
  constructor(command, args, env) {
    this.#process = spawn(command, args, { env: { ...process.env, ...env } });
    this.#process.stderr.setEncoding("utf8");
    this.#process.stderr.on("data", (/** @type {string} */ text) => {
      this.#words = (this.#words + text).slice(-LAST_WORDS);
    });
    this.#process.stdin.on("error", () => undefined);
    this.#process.on("error", (error) => this.#end(error.message));
    this.#process.on("close", (code, signal) => this.#end(`ended with ${signal ?? code}`));
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#take(line));
  }

  /**
   * Lets it load a case.
   * @param {Contender} peer
   * @param {Preparation} preparation
   * @returns {Promise<About>}
   */
  async prepare(peer, preparation) {
    return ABOUT.parse(await this.#ask({ do: "prepare", peer, ...preparation }));
  }

  /**
   * @param {number} count
   * @param {boolean} report whether each step's losses and gradient norm are wanted
   * @returns {Promise<Taken>}
   */
  async steps(count, report = false) {
    return TAKEN.parse(await this.#ask({ do: "steps", count, report }));
  }

  /**
   * Starts training anew.
   * @param {number} seed of the weights
   */
  async reset(seed) {
    DONE.parse(await this.#ask({ do: "reset", seed }));
  }

  /** Lets it give back what it loaded, and write what it has to write. */
  async dispose() {
    DONE.parse(await this.#ask({ do: "dispose" }));
  }

  /** Asks the child to end by closing its input. Resolves when it is gone. */
  async close() {
    if (this.#death !== null) return;
    await new Promise((resolve) => {
      this.#process.once("close", resolve);
      this.#process.stdin.end();
    });
  }

  /** Ends the child at once. */
  kill() {
    this.#process.kill("SIGKILL");
  }

  /**
   * Sends one message; the answer to it.
   * @param {object} message
   * @returns {Promise<unknown>}
   */
  #ask(message) {
    if (this.#death !== null) return Promise.reject(this.#death);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#process.stdin.write(`${JSON.stringify(message)}\n`);
    });
  }

  /** @param {string} line */
  #take(line) {
    const waiting = this.#waiting;
    this.#waiting = null;
    try {
      /** @type {unknown} */
      const answer = JSON.parse(line);
      const refused = REFUSAL.safeParse(answer);
      if (refused.success) throw new Error(refused.data.error);
      waiting?.resolve(answer);
    } catch (error) {
      waiting?.reject(error);
    }
  }

  /** @param {string} how */
  #end(how) {
    const words = this.#words.trim().split("\n").at(-1) ?? "";
    this.#death ??= new Error(words === "" ? how : `${how}: ${words}`);
    this.#waiting?.reject(this.#death);
    this.#waiting = null;
  }
}

/**
 * Starts the process of a peer and lets it prepare a case.
 * @param {Contender} peer
 * @param {Preparation} preparation
 * @param {{ python: string, scratch: string }} context the Python of the PyTorch peers, and where they compile
 * @returns {Promise<{ child: Child, about: About }>}
 * @throws {Error} that says why the peer does not run here
 */
export async function startPeer(peer, preparation, { python, scratch }) {
  const child = peer.startsWith("torch")
    ? new Child(python, [bench("torch_step.py")], torchEnvironment(preparation.threads, scratch))
    : new Child(process.execPath, [bench("serve.mjs")], { TF_CPP_MIN_LOG_LEVEL: "3" });
  living.add(child);
  try {
    return { child, about: await child.prepare(peer, preparation) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/**
 * Ends a peer's process.
 * @param {Child} child
 */
export async function stop(child) {
  living.delete(child);
  await child.close();
}

/** @type {Set<Child>} */
const living = new Set();

/** Ends every process that is left, when the benchmark itself is stopped. */
export function killAll() {
  for (const child of living) child.kill();
}

/** @param {string} file of this folder */
function bench(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}

/**
 * @param {number} threads
 * @param {string} scratch
 */
function torchEnvironment(threads, scratch) {
  return {
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    // Compiled anew in every sitting, and by the process itself: idle helpers would count as its threads.
    TORCHINDUCTOR_CACHE_DIR: `${scratch}/inductor`,
    TORCHINDUCTOR_COMPILE_THREADS: "1",
    PYTHONUNBUFFERED: "1",
  };
}
