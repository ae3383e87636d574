import type { Router } from "../model/router.ts";
import attention from "./attention.ts";
import dense from "./dense.ts";
import expertChoice from "./expert-choice.ts";
import hash from "./hash.ts";
import linear from "./linear.ts";
import sharedExpert from "./shared-expert.ts";

/** The routers that moe-lab ships, by name. */
export const shippedRouters: ReadonlyMap<string, Router> = new Map(
  [linear, sharedExpert, attention, expertChoice, hash, dense].map((router) => [router.name, router]),
);
