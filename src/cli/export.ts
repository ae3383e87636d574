import { join } from "node:path";
import { routerWords } from "../config/by-layer/spans.ts";
import type { DataSettings } from "../config/settings.ts";
import { breathe } from "../core/breathe.ts";
import { EXIT, InputError } from "../core/errors.ts";
import { taskOf } from "../data/tasks/registry.ts";
import { huggingFaceJson } from "../data/tokenizers/hugging-face.ts";
import { byteTokenizer } from "../data/tokenizers/tokenizer.ts";
import { routerOfRun } from "../exec/run-router.ts";
import { bindRouter, routerSizes } from "../model/bound-router.ts";
import { toOlmoe } from "../model/olmoe.ts";
import type { Router } from "../model/router.ts";
import { findFinishedRun } from "../store/find-run.ts";
import { neutralSettings } from "../store/identity.ts";
import { filesInTheWay, olmoeFiles, writeOlmoeFiles } from "../store/olmoe-files.ts";
import { readTokenizer } from "../data/tokenizers/tokenizer-file.ts";
import type { RunRecord } from "../records/run.ts";
import type { Checkpoint } from "../train/types.ts";
import type { CommandIO } from "./io.ts";
import { checkWritable } from "../sweep/writable.ts";

/** What a person typed behind `export`. */
export interface ExportOptions {
  /** A run's folder, name or id. */
  readonly run: string;
  /** Where the files go; null: `exports/<run's name>`. */
  readonly out: string | null;
  /** Output folder of `run`, for names and ids. */
  readonly results: string;
  /** A user's router file, for a run that used one. */
  readonly router: string | null;
  readonly json: boolean;
}

/**
 * `export RUN`: writes a finished run's model as model.safetensors and config.json of Hugging Face's OLMoE, with its tokenizer.
 * @returns the exit code.
 * @throws InputError where there is no such finished run, its model is no OLMoE, or another model would be overwritten.
 */
export async function runExport(options: ExportOptions, io: CommandIO): Promise<number> {
  const { folder, record, checkpoint } = findFinishedRun(options.run, options.results);
  const { settings: written } = record.identity;
  const settings = {
    ...written,
    model: { ...neutralSettings("model"), ...written.model },
    data: { ...neutralSettings("data"), ...written.data },
  };
  const parameters = parametersOf(checkpoint);
  const [vocabulary = 0] = parameters["embedding"]?.shape ?? [];
  const router = await routerOf(record, options.router);
  const given = router.options.parse(written.router.options); // an older run may lack some
  const bound = bindRouter(router, routerSizes(settings, vocabulary), given);
  const model = toOlmoe(settings, bound, parameters, record.name);
  const out = options.out ?? join("exports", record.name);
  checkWritable(out, []);
  const inTheWay = filesInTheWay(out, record.id);
  if (inTheWay.length > 0) {
    const message = `holds ${inTheWay.join(" and ")} of another model; name another folder with --out, or remove them`;
    throw new InputError([{ where: out, path: "", message }]);
  }
  const tokenizer = tokenizerOf(folder, settings.data);
  const source = { runId: record.id, step: checkpoint.step };
  await breathe();
  const files = writeOlmoeFiles(out, olmoeFiles(model, source, tokenizer));
  if (options.json) {
    const { notices } = model;
    io.stdout(`${JSON.stringify({ run: record.name, step: checkpoint.step, files, notices })}\n`);
  } else {
    io.stdout(files.map((path) => `${path}\n`).join(""));
    for (const notice of model.notices) io.stderr(`note: ${notice}\n`);
    io.stderr(`open it in Python: transformers.OlmoeForCausalLM.from_pretrained(${JSON.stringify(out)})\n`);
  }
  return EXIT.done;
}

/**
 * `tokenizer.json` of a run; null for synthetic tasks, whose tokens stand for no text.
 * @throws InputError where a run of byte pairs has lost its file.
 */
function tokenizerOf(folder: string, data: DataSettings): string | null {
  const kept = readTokenizer(folder);
  if (kept !== null) return kept;
  if (data.domains.some(({ corpus }) => taskOf(corpus) !== undefined)) return null;
  if (data.vocabulary === byteTokenizer.vocabulary) return huggingFaceJson(byteTokenizer.merges);
  const message =
    "has no tokenizer.json, though its tokens are byte pairs; delete this folder and run its experiment";
  throw new InputError([{ where: folder, path: "", message }]);
}

/** The weights of a checkpoint, by the model's names. */
function parametersOf({ tensors }: Checkpoint): Checkpoint["tensors"] {
  const prefix = "parameters/";
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

/** The router that a run used; a user's file must be the very one. */
async function routerOf({ name, identity }: RunRecord, file: string | null): Promise<Router> {
  const refuse = (message: string): never => {
    throw new InputError([{ where: name, path: "router", message }]);
  };
  const router = identity.settings.router.name;
  if (identity.routerHash !== null && identity.settings.router.byLayer !== undefined) {
    return refuse(`is ${routerWords(identity.settings.router)}, but OLMoE has one router in all layers`);
  }
  if (identity.routerHash === null && file !== null) {
    return refuse(`is ${router} of moe-lab itself; leave out --router`);
  }
  return (await routerOfRun({ name, identity }, file === null ? [] : [file]))(router);
}
