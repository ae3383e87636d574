"""Trains one run of moe-lab in PyTorch, after docs/model.md alone, and prints its final numbers as one JSON value.

    python bench/torch_train.py settings.json tokens/ --seed 1 --threads 1

settings.json holds resolved settings (the field names of src/config/settings.ts; `identity.settings` of a run.json
is such an object). The folder holds corpus.json, {"domains": [{"name": ..., "weight": ...}, ...]} in the experiment's order,
and <name>.train.bin and <name>.validation.bin, the token streams as raw bytes. Result fields are those of FinalResults
(src/train/types.ts).
"""

import argparse
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch

import torch_model as reference


def read_tokens(folder):
    """Names, weights (normalised), and streams by split of every domain."""
    domains = json.loads((folder / "corpus.json").read_text())["domains"]
    total = sum(d["weight"] for d in domains)

    def read(name, split):
        return np.fromfile(folder / f"{name}.{split}.bin", np.uint8).astype(np.int64)

    return [
        {
            "name": d["name"],
            "weight": d["weight"] / total,
            "train": read(d["name"], "train"),
            "validation": read(d["name"], "validation"),
        }
        for d in domains
    ]


def windows(streams_and_offsets, T):
    """Inputs and targets [B, T] from (stream, offset) pairs."""
    both = torch.from_numpy(np.stack([stream[o : o + T + 1] for stream, o in streams_and_offsets]))
    return both[:, :-1], both[:, 1:]


def training_batch(seed, step, config, domains):
    weights, lengths = [d["weight"] for d in domains], [len(d["train"]) for d in domains]
    places = reference.batch_places(seed, step, config.B, config.T, weights, lengths)
    return windows([(domains[d]["train"], o) for d, o in places], config.T)


def validation_batches(domain, tokens, config):
    """The fixed validation batches of one domain."""
    B, T, stream = config.B, config.T, domain["validation"]
    n = max(1, math.floor(domain["weight"] * tokens / (B * T) + 0.5))
    count = (len(stream) - 1) // T
    places = [(stream, (j * count // (n * B)) * T) for j in range(n * B)]
    return [windows(places[i : i + B], T) for i in range(0, n * B, B)]


@torch.no_grad()
def evaluate(model, domains, tokens, mode="eval"):
    """Loss by domain and over all, balance and z (means over batches), load [L][E], share of unrouted tokens [L]."""
    c = model.c
    losses, balance, z, batches = {}, 0.0, 0.0, 0
    counts, unrouted = torch.zeros(c.L, c.E), torch.zeros(c.L)
    for domain in domains:
        found = []
        for inputs, targets in validation_batches(domain, tokens, c):
            loss, routings = model(inputs, targets, mode)
            found.append(loss["languageModel"].item())
            if loss["balance"]:
                balance += torch.stack(loss["balance"]).mean().item()
                z += torch.stack(loss["z"]).mean().item()
            for l, routing in enumerate(routings):
                counts[l] += routing["counts"]
                if "token" in routing:
                    unrouted[l] += 1 - len(routing["token"].unique()) / inputs.numel()
            batches += 1
        losses[domain["name"]] = sum(found) / len(found)
    return {
        "loss": sum(d["weight"] * losses[d["name"]] for d in domains),
        "domains": losses,
        "balance": balance / batches if loss["balance"] else None,
        "z": z / batches if loss["z"] else None,
        "load": counts / counts.sum(1, keepdim=True),
        "unrouted": unrouted / batches,
    }


def train(settings, domains, seed, report):
    """Trains a run. Returns (model, rows of the curve, language-model loss by step)."""
    config = reference.Config.of(settings)
    model = reference.Model(config)
    solved = model.initialise(seed)
    training = settings["training"]
    how = training["optimizer"]
    optimiser = reference.optimiser(
        model, how["beta1"], how["beta2"], how["eps"], how["weightDecay"], how["decayNorms"], how["decayEmbeddings"]
    )
    trained = [p for p in model.parameters() if p.requires_grad]
    clip = math.inf if how["clipNorm"] is None else how["clipNorm"]
    n, losses, curve = training["steps"], [], []
    for t in range(1, n + 1):
        loss, _ = model(*training_batch(seed, t - 1, config, domains))
        loss["total"].backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, clip)
        rate = reference.learning_rate(
            t, n, training["learningRate"], training["warmupSteps"], training["finalLearningRateShare"]
        )
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(loss["languageModel"].item())
        if not math.isfinite(losses[-1]):
            raise SystemExit(f"step {t}: the loss is {losses[-1]}")
        if t <= 10 or t % training["evaluateEvery"] == 0 or t == n:
            row = {"step": t, "learningRate": rate, "trainLossNats": losses[-1], "gradientNorm": norm.item()}
            for name in ("balance", "z"):
                row[f"{name}Loss"] = torch.stack(loss[name]).mean().item() if loss[name] else None
            if t % training["evaluateEvery"] == 0 and t < n:
                row["validationLossNats"] = evaluate(model, domains, training["evaluationTokens"])["loss"]
            curve.append(row)
            report(f"step {t} of {n}: {losses[-1]:.4f} nats")
    return model, solved, curve, losses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settings", type=Path)
    parser.add_argument("tokens", type=Path)
    parser.add_argument("--seed", type=int, help="default: `seed` of the settings file")
    parser.add_argument("--steps", type=int, help="instead of the settings' own")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    settings = json.loads(arguments.settings.read_text())
    seed = arguments.seed if arguments.seed is not None else settings["seed"]
    if arguments.steps is not None:
        settings["training"]["steps"] = arguments.steps

    domains = read_tokens(arguments.tokens)
    start = time.perf_counter()
    report = (lambda text: None) if arguments.quiet else (lambda text: print(text, file=sys.stderr))
    model, solved, curve, losses = train(settings, domains, seed, report)
    seconds = time.perf_counter() - start

    tokens, config = settings["data"]["validationTokens"], model.c
    final = evaluate(model, domains, tokens)
    causal = None
    if config.router == "expert-choice":
        causal = evaluate(model, domains, tokens, "causal-eval")["loss"]
    last = losses[-max(1, round(0.05 * len(losses))) :]
    json.dump({
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "router": settings["router"],
        "seed": seed,
        "steps": len(losses),
        "tokensTrained": len(losses) * config.B * config.T,
        "seconds": round(seconds, 2),
        "solved": solved,
        "parameters": sum(p.numel() for p in model.parameters()),
        "trainLossNats": sum(last) / len(last),
        "validationLossNats": final["loss"],
        "validationBitsPerByte": final["loss"] / math.log(2),
        "causalValidationLossNats": causal,
        "domainLossNats": final["domains"],
        "balanceLoss": final["balance"],
        "zLoss": final["z"],
        "load": final["load"].tolist(),
        "maxLoadShare": final["load"].max().item(),
        "deadExperts": int((final["load"] < 0.01 / config.E).sum()),
        "unroutedShare": final["unrouted"].max().item(),
        "curve": curve,
    }, sys.stdout, indent=1)  # fmt: skip
    print()


if __name__ == "__main__":
    main()
