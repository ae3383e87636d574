import type { Settings } from "../settings.ts";
import { declaredObjective } from "./objective.ts";

/** Units of a run's losses in training and validation. */
interface LossUnits {
  readonly nats: "nats/token" | "nats/answer token";
  readonly bits: "bits/byte" | "bits/answer byte";
}

/** What losses are of: runs that learn from answers have none of any other token. Of a task's instructions a token is a byte. */
export function lossUnits({ objective }: Pick<Settings, "objective">): LossUnits {
  return declaredObjective(objective).needs === "tokens"
    ? { nats: "nats/token", bits: "bits/byte" }
    : { nats: "nats/answer token", bits: "bits/answer byte" };
}
