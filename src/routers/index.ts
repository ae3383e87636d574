import type { Router } from "../model/router.ts";
import attention from "./attention/attention.ts";
import attentionNoKey from "./attention/attention-no-key.ts";
import attentionRandomKey from "./attention/attention-random-key.ts";
import attentionStatic from "./attention/attention-static.ts";
import dense from "./fixed/dense.ts";
import expertChoice from "./balanced/expert-choice.ts";
import hash from "./fixed/hash.ts";
import linear from "./softmax/linear.ts";
import linearWide from "./softmax/linear-wide.ts";
import oracle from "./fixed/oracle.ts";
import redraw from "./fixed/redraw.ts";
import sharedExpert from "./softmax/shared-expert.ts";

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
