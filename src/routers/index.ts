import type { Router } from "../model/router.ts";
import attention from "./attention/attention.ts";
import attentionHeads from "./attention/attention-heads.ts";
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
import baseLayer from "./balanced/base-layer.ts";
import onlineKMeans from "./balanced/online-k-means.ts";
import quantileBalancing from "./balanced/quantile-balancing.ts";
import sinkhorn from "./balanced/sinkhorn.ts";
import stableMoe from "./balanced/stable-moe.ts";
import gshard from "./capacity/gshard.ts";
import zeroExperts from "./capacity/zero-experts.ts";
import switchRouter from "./capacity/switch.ts";
import expertThreshold from "./dynamic/expert-threshold.ts";
import dynamicTopP from "./dynamic/dynamic-top-p.ts";
import relu from "./dynamic/relu.ts";
import seqTopK from "./dynamic/seq-top-k.ts";
import topP from "./dynamic/top-p.ts";
import roundRobin from "./fixed/round-robin.ts";
import selfRouting from "./fixed/self-routing.ts";
import groupLimited from "./sigmoid/group-limited.ts";
import llama4 from "./sigmoid/llama-4.ts";
import defaultMoe from "./softmax/default-moe.ts";
import recurrent from "./softmax/recurrent.ts";
import sigmoid from "./sigmoid/sigmoid.ts";
import sigmoidBias from "./sigmoid/sigmoid-bias.ts";
import sqrtSoftplus from "./sigmoid/sqrt-softplus.ts";
import cosine from "./softmax/cosine.ts";
import noisyTopK from "./softmax/noisy-top-k.ts";

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
    noisyTopK,
    cosine,
    sigmoid,
    sigmoidBias,
    sqrtSoftplus,
    groupLimited,
    llama4,
    quantileBalancing,
    switchRouter,
    gshard,
    topP,
    dynamicTopP,
    relu,
    expertThreshold,
    seqTopK,
    sinkhorn,
    baseLayer,
    onlineKMeans,
    stableMoe,
    selfRouting,
    roundRobin,
    zeroExperts,
    recurrent,
    attentionHeads,
    defaultMoe,
  ].map((router) => [router.name, router]),
);
