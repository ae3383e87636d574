"""PyTorch as a peer of the speed benchmark: whole training steps of torch_model.py, or its multiplications alone.

Started by bench.mjs. Obeys JSON lines on stdin and answers each with one on stdout, as serve.mjs does:
{"do": "prepare", peer, threads, folder}, {"do": "steps", count, report}, {"do": "reset", seed}. The folder holds a case
(case.mjs): settings, the weights that moe-lab starts from, and batches. `peer` is torch, torch-compile or torch-floor.
"""

import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import torch

import torch_model as reference


class Training:
    """Batch in, forward, losses and load statistics, backward, clipping, AdamW; every number that moe-lab reports is
    read back, as there."""

    def __init__(self, folder, case, compiled):
        self.config = reference.Config.of(case["settings"], case["vocabulary"])
        self.how = case["settings"]["training"]["optimizer"]
        self.learning_rate = case["learningRate"]
        self.model = reference.Model(self.config)
        weights, views = read_safetensors(folder / "weights.safetensors"), self.model.views()
        if weights.keys() != views.keys():
            raise ValueError(f"the case and torch_model.py differ in {sorted(weights.keys() ^ views.keys())}")
        for name, view in views.items():
            view.copy_(weights[name])
        batches = np.fromfile(folder / "batches.bin", "<i4").reshape(-1, 2, self.config.B, self.config.T)
        self.batches = torch.from_numpy(batches.astype(np.int64))
        self.run = torch.compile(self.model, fullgraph=True) if compiled else self.model
        self.compiled = compiled
        self.start()

    def start(self):
        how = self.how
        self.optimiser = reference.optimiser(
            self.model, how["beta1"], how["beta2"], how["eps"], how["weightDecay"],
            how["decayNorms"], how["decayEmbeddings"],
        )  # fmt: skip
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        self.clip = float("inf") if how["clipNorm"] is None else how["clipNorm"]
        self.done = 0

    def prepare(self):
        """Compiles, on a batch and without changing the weights. Milliseconds."""
        if not self.compiled:
            return None
        started = time.perf_counter()
        losses, _ = self.run(*self.batches[0])
        losses["total"].backward()
        self.optimiser.zero_grad(set_to_none=True)
        return (time.perf_counter() - started) * 1e3

    def reset(self, seed):
        """Other initial weights: speed needs their distribution, not moe-lab's streams."""
        torch.manual_seed(seed)
        for name, view in self.model.views().items():
            if name.endswith("norm"):
                view.fill_(1)
            else:
                std, cut = self.config.std, self.config.cut
                torch.nn.init.trunc_normal_(view, std=std, a=-cut * std, b=cut * std)
        self.start()

    def step(self):
        inputs, targets = self.batches[self.done % len(self.batches)]
        losses, routings = self.run(inputs, targets)
        losses["total"].backward()
        norm = torch.nn.utils.clip_grad_norm_(self.trained, self.clip)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.done += 1
        with torch.no_grad():
            balance, z = (torch.stack(losses[name]).tolist() if losses[name] else [] for name in ("balance", "z"))
            self.load = torch.stack([routing["counts"] for routing in routings]).tolist()
        return {
            "loss": losses["languageModel"].item(),
            "balance": mean(balance),
            "z": mean(z),
            "gradient_norm": norm.item(),
        }


class Floor:
    """The matrix multiplications of a step alone. Each weight and its gradient are tensors of their own, activations of
    equal shape share memory."""

    def __init__(self, multiplies):
        self.products = []
        activations, results = {}, {}

        def shared(known, shape):
            if shape not in known:
                known[shape] = torch.rand(shape) - 0.5
            return known[shape]

        for one in multiplies:
            axes = () if one["batch"] == 1 else (one["batch"],)
            m, k, n = (one[name] for name in "mkn")
            x, dy = shared(activations, (*axes, m, k)), shared(activations, (*axes, m, n))
            y, dx = shared(results, (*axes, m, n)), shared(results, (*axes, m, k))
            w_shape = (*axes, k, n)
            w, dw = (
                (torch.rand(w_shape) - 0.5, torch.empty(w_shape))
                if one["weight"]
                else (shared(activations, w_shape), shared(results, w_shape))
            )
            multiply = torch.bmm if axes else torch.mm
            self.products += [
                (multiply, x, w, y),
                (multiply, dy, w.transpose(-1, -2), dx),
                (multiply, x.transpose(-1, -2), dy, dw),
            ]

    def prepare(self):
        return None

    @torch.no_grad()
    def step(self):
        for multiply, a, b, out in self.products:
            multiply(a, b, out=out)


def mean(values):
    return sum(values) / len(values) if values else None


def read_safetensors(path):
    """Name -> float32 tensor."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    found = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        found[name] = torch.from_numpy(np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"]).copy())
    return found


def resident_mb():
    """Resident memory of this process; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return None


def steps(peer, count, report):
    ms, reports = [], []
    cpu_before = time.process_time()
    for _ in range(count):
        started = time.perf_counter()
        found = peer.step()
        ms.append((time.perf_counter() - started) * 1e3)
        if report:
            reports.append(found)
    cpu_ms = (time.process_time() - cpu_before) * 1e3
    return {"ms": ms, "cpu_ms": cpu_ms, "reports": reports, "rss_mb": resident_mb()}


def prepare(message):
    torch.set_num_threads(message["threads"])
    torch.set_flush_denormal(True)  # as our engine does
    folder = Path(message["folder"])
    case = json.loads((folder / "case.json").read_text())
    name = message["peer"]
    peer = Floor(case["multiplies"]) if name == "torch-floor" else Training(folder, case, name == "torch-compile")
    versions = {"torch": torch.__version__, "python": platform.python_version(), "numpy": np.__version__}
    return peer, {"compile_ms": peer.prepare(), "versions": versions}


def main():
    # Whatever a library prints must not end up among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    peer = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if message["do"] == "prepare":
                peer, reply = prepare(message)
            elif message["do"] == "steps":
                reply = steps(peer, message["count"], message.get("report", False))
            elif message["do"] == "reset":
                peer.reset(message["seed"])
                reply = {}
            else:
                raise ValueError(f"no such command: {message['do']}")
        except Exception as error:  # the benchmark names it and goes on without this peer
            reply = {"error": (f"{type(error).__name__}: {error}".splitlines() or ["?"])[0]}
        print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    main()
