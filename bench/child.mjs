/** A peer's process, as the benchmark sees it. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Characters of a dead child's last words that are kept. */
const LAST_WORDS = 2000;

/** A child process that answers each line of JSON with one. */
class Child {
  #process;
  #waiting = null;
  #words = "";
  #death = null;

  constructor(command, args, env) {
    this.#process = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#process.stderr.setEncoding("utf8");
    this.#process.stderr.on("data", (text) => (this.#words = (this.#words + text).slice(-LAST_WORDS)));
    this.#process.stdin.on("error", () => undefined);
    this.#process.on("error", (error) => this.#end(error.message));
    this.#process.on("close", (code, signal) => this.#end(`ended with ${signal ?? code}`));
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#take(line));
  }

  /** Sends one message; the answer to it. Throws where the child refuses, dies, or says what is no JSON. */
  ask(message) {
    if (this.#death !== null) return Promise.reject(this.#death);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#process.stdin.write(`${JSON.stringify(message)}\n`);
    });
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

  #take(line) {
    const waiting = this.#waiting;
    this.#waiting = null;
    try {
      const answer = JSON.parse(line);
      if (answer.error !== undefined) throw new Error(answer.error);
      waiting?.resolve(answer);
    } catch (error) {
      waiting?.reject(error);
    }
  }

  #end(how) {
    const words = this.#words.trim().split("\n").at(-1) ?? "";
    this.#death ??= new Error(words === "" ? how : `${how}: ${words}`);
    this.#waiting?.reject(this.#death);
    this.#waiting = null;
  }
}

/**
 * Starts the process of a peer and lets it prepare a case.
 * @returns {Promise<{ child: Child, about: { compile_ms: number | null, versions: Record<string, string> } }>}
 * @throws {Error} that says why the peer does not run here
 */
export async function startPeer(peer, { threads, folder, python, scratch, profilePrefix }) {
  const child = peer.startsWith("torch")
    ? new Child(python, [bench("torch_step.py")], torchEnvironment(threads, scratch))
    : new Child(process.execPath, [bench("serve.mjs")], { TF_CPP_MIN_LOG_LEVEL: "3" });
  living.add(child);
  try {
    const about = await child.ask({ do: "prepare", peer, threads, folder, profilePrefix });
    return { child, about };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** Ends a peer's process. */
export async function stop(child) {
  living.delete(child);
  await child.close();
}

const living = new Set();

/** Ends every process that is left, when the benchmark itself is stopped. */
export function killAll() {
  for (const child of living) child.kill();
}

function bench(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}

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
