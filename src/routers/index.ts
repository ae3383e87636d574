import type { Router } from "../model/router.ts";
import attention from "./attention.ts";
import attentionNoKey from "./attention-no-key.ts";
import attentionRandomKey from "./attention-random-key.ts";
import attentionStatic from "./attention-static.ts";
import dense from "./dense.ts";
import expertChoice from "./expert-choice.ts";
import hash from "./hash.ts";
import linear from "./linear.ts";
import linearWide from "./linear-wide.ts";
import oracle from "./oracle.ts";
import redraw from "./redraw.ts";
import sharedExpert from "./shared-expert.ts";

/** The routers that moe-lab ships, by name. */
export const shippedRouters: ReadonlyMap<string, Router> = new Map(
  [
    linear,
    sharedExpert,
    attention,
    expertChoice,
    hash,
    dense,
    linearWide,
    attentionNoKey,
    attentionRandomKey,
    attentionStatic,
    redraw,
    oracle,
  ].map((router) => [router.name, router]),
);
