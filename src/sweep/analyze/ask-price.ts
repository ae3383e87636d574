import type { Settings } from "../../config/settings.ts";
import { CLOZES } from "../../data/questions/clozes.ts";
import { NEEDLE_DEPTHS, NEEDLE_LENGTHS, NEEDLES_EACH } from "../../data/questions/needles.ts";
import { CANDIDATES } from "../../data/questions/text-question.ts";
import { EACH, SAMPLED } from "../../train/decoding/questions.ts";
import type { AskedKinds } from "./ask-model.ts";

/** What answering by itself costs, in passes over the text: a token at a time is slower than all at once. */
const SAID_PASSES = 2;

/** Tokens that go through a model to ask it, about. */
export function askedTokens({ data }: Pick<Settings, "data">, { needle, cloze }: AskedKinds): number {
  const needles = needle ? NEEDLE_DEPTHS.length * NEEDLE_LENGTHS.length * NEEDLES_EACH : 0;
  const passes = needles * (CANDIDATES + SAID_PASSES) + (cloze ? CLOZES * CANDIDATES : 0);
  return passes * data.sequenceLength;
}

/** Tokens that go through a model to draw answers at one temperature, about: where its router needs whole sequences, it takes ten times as long. */
export function sampledTokens({ data }: Pick<Settings, "data">): number {
  return SAMPLED * EACH * SAID_PASSES * data.sequenceLength;
}
