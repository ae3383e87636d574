"""Times whole training steps of the PyTorch reference: forward, losses and load statistics, backward, clip, AdamW.

    python bench/torch_step.py --size micro --router linear --threads 1 --steps 30 --json

Every number that moe-lab reports a step (losses apart, gradient norm, load by layer) is read back, as there.
"""

import argparse
import json
import statistics
import sys
import time

import torch

import torch_model as reference

SIZES = {
    "nano": {"D": 64, "L": 2, "H": 2, "B": 16, "T": 64, "E": 8, "F": 128, "K": 2},
    "micro": {"D": 128, "L": 4, "H": 4, "B": 8, "T": 128, "E": 8, "F": 256, "K": 2},
    "small": {"D": 256, "L": 6, "H": 4, "B": 8, "T": 256, "E": 16, "F": 512, "K": 2},
}

OPTIONS = {
    "linear": {"renormalise": True},
    "shared-expert": {"renormalise": True, "experts": 1},
    "attention": {"initScale": 1, "temperature": 1},
    "expert-choice": {"scope": "sequence"},
    "hash": {},
    "dense": {},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="micro")
    parser.add_argument("--router", choices=OPTIONS, default="linear")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--compile", action="store_true", help="torch.compile the model")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)

    sizes = SIZES[arguments.size]
    if arguments.router == "dense":  # one expert of equal active compute
        sizes = sizes | {"E": 1, "K": 1, "F": sizes["F"] * sizes["K"]}
    config = reference.Config(**sizes, router=arguments.router, options=OPTIONS[arguments.router])
    model = reference.Model(config)
    with torch.no_grad():  # speed needs the distribution of the initial weights, not their streams
        for name, view in model.views().items():
            if not name.endswith("norm"):
                torch.nn.init.trunc_normal_(view, std=config.std, a=-3 * config.std, b=3 * config.std)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = reference.optimiser(model)
    run = torch.compile(model, fullgraph=True) if arguments.compile else model
    batches = torch.randint(config.V, (arguments.warmup + arguments.steps, config.B, config.T + 1))

    times = []
    for batch in batches:
        start = time.perf_counter()
        losses, routings = run(batch[:, :-1], batch[:, 1:])
        losses["total"].backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
        for group in optimiser.param_groups:
            group["lr"] = 1e-3
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        with torch.no_grad():
            report = [losses["languageModel"].item(), norm.item()]
            report += [value.item() for value in losses["balance"] + losses["z"]]
            load = torch.stack([routing["counts"] for routing in routings]).tolist()
        times.append((time.perf_counter() - start) * 1e3)
    times = times[arguments.warmup :]
    result = {
        "what": "torch.compile" if arguments.compile else "torch eager",
        "version": torch.__version__,
        "size": arguments.size,
        "router": arguments.router,
        "threads": arguments.threads,
        "steps": len(times),
        "parameters": sum(p.numel() for p in model.parameters()),
        "median_ms": round(statistics.median(times), 3),
        "min_ms": round(min(times), 3),
        "max_ms": round(max(times), 3),
        "loss_nats": report[0],
        "load_first_layer": load[0],
    }
    if arguments.json:
        json.dump(result, sys.stdout)
        print()
    else:
        for name, value in result.items():
            print(f"{name:18} {value}")


if __name__ == "__main__":
    main()
