"""The model of docs/model.md in PyTorch, written from that text alone: the outside reference for moe-lab's numbers.

Written to be fast on a CPU, since it is also the peer in the speed benchmark: one multiply for q, k and v, one for gate
and up, fused causal attention, experts as multiplies over their own rows of a list sorted by expert, fused AdamW.
Axis letters: B sequences, T positions, S = B*T tokens, D width, H heads, E experts, K experts a token, F expert width,
V vocabulary, L layers, R rows of an assignment list.
"""

import hashlib
import math
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F

MASK = (1 << 64) - 1


# ---------------------------------------------------------------------------------------------- random streams


class Stream:
    """A named stream: xoroshiro128+ seeded by the SHA-256 of its path."""

    def __init__(self, *path):
        digest = hashlib.sha256("/".join(str(name) for name in path).encode()).digest()
        words = np.frombuffer(digest[:16], "<u4").tolist()
        self.s0 = words[0] << 32 | words[1]
        self.s1 = words[2] << 32 | words[3]

    def draws(self, n):
        """The next n draws of 32 bits, as float64 (exact)."""
        s0, s1 = self.s0, self.s1
        found = [0] * n
        for i in range(n):
            found[i] = (s0 + s1) & 0xFFFFFFFF
            t = s1 ^ s0
            s0 = ((s0 << 24 | s0 >> 40) ^ t ^ t << 16) & MASK
            s1 = (t << 37 | t >> 27) & MASK
        self.s0, self.s1 = s0, s1
        return np.array(found, np.float64)

    def uniform(self):
        return (float(self.draws(1)[0]) + 0.5) / 2**32

    def integer(self, n):
        return math.floor(float(self.draws(1)[0]) * n / 2**32)

    def normals(self, n):
        """The next n normals, n even or the stream not used again (the other half of the last pair is lost)."""
        u = (self.draws(n + n % 2) + 0.5) / 2**32
        r, a = np.sqrt(-2 * np.log(u[0::2])), 2 * np.pi * u[1::2]
        return np.stack([r * np.cos(a), r * np.sin(a)], 1).reshape(-1)[:n]

    def truncated_normals(self, n, cut):
        """The first n normals with |z| <= cut; the stream is not to be used again."""
        kept = np.empty(0)
        while len(kept) < n:
            z = self.normals(2 * ((n - len(kept)) // 2 + 8))
            kept = np.concatenate([kept, z[np.abs(z) <= cut]])
        return kept[:n]


# ---------------------------------------------------------------------------------------------------- settings


@dataclass
class Config:
    """What the model needs of a run's settings."""

    B: int
    T: int
    D: int
    L: int
    H: int
    E: int
    K: int
    F: int
    V: int = 256
    router: str = "linear"
    options: dict = field(default_factory=dict)
    qk_norm: bool = True
    tied: bool = False
    norm_eps: float = 1e-5
    rotary_base: float = 10000.0
    distribution: str = "truncated-normal"
    std: float = 0.02
    cut: float = 3.0
    balance_weight: float = 0.01
    z_weight: float = 0.001
    router_stream: int = 0

    @property
    def always_on(self):
        """n, the always-on experts of the shared-expert router."""
        return int(self.options.get("experts", 2)) if self.router == "shared-expert" else 0

    @property
    def batch_scope(self):
        return self.options.get("scope", "sequence") == "batch"

    @property
    def capacity(self):
        """Tokens an expert takes in one selection of the expert-choice router."""
        tokens = self.K * self.T * (self.B if self.batch_scope else 1)
        if tokens % self.E:
            raise ValueError(f"expert-choice: K * tokens = {tokens} is not divisible by E = {self.E}")
        return tokens // self.E

    @staticmethod
    def of(settings, vocabulary=256):
        """From resolved settings (the field names of src/config/settings.ts)."""
        model, data, router, losses = (settings[k] for k in ("model", "data", "router", "losses"))
        init = model["init"]
        return Config(
            B=data["batchSequences"], T=data["sequenceLength"], D=model["width"], L=model["layers"], H=model["heads"],
            E=model["experts"], K=model["topK"], F=model["expertWidth"], V=vocabulary, router=router["name"],
            options=router["options"], qk_norm=model["qkNorm"], tied=model["tiedEmbeddings"],
            norm_eps=model["normEps"], rotary_base=model["rotaryBase"], distribution=init["distribution"],
            std=init["std"], cut=init["cut"], balance_weight=losses["balanceWeight"], z_weight=losses["zWeight"],
            router_stream=settings["streams"]["router"],
        )  # fmt: skip


def match_linear(D, E, std, temperature=1.0, tokens=4096):
    """The multiplier that gives the attention router's scores the spread of a linear router's logits."""
    stream = Stream(0, "match-linear")
    z = stream.normals(tokens * D + 4 * D * E)
    x = z[: tokens * D].reshape(tokens, D)
    x = x / np.sqrt((x**2).mean(1, keepdims=True))
    query, key, value, linear = std * z[tokens * D :].reshape(4, D, E)
    q, k, v = x @ query, x @ key, x @ value
    wanted = (x @ linear).std(1).mean()

    def spread(m):
        scores = torch.from_numpy((m * q)[:, :, None] * (m * k)[:, None, :] / temperature)
        return ((torch.softmax(scores, 2).numpy() @ (m * v)[:, :, None])[:, :, 0]).std(1).mean()

    low, high = 0.0, math.log(64)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if spread(math.exp(middle)) < wanted else (low, middle)
    return math.exp((low + high) / 2)


def hash_table(V, E, K, draw):
    """Experts [V, K] of every token id: balanced over ids by a random permutation."""
    stream = Stream(0, "hash", draw)
    permutation = list(range(V))
    for i in range(V - 1, 0, -1):
        j = stream.integer(i + 1)
        permutation[i], permutation[j] = permutation[j], permutation[i]
    table = np.empty((V, K), np.int64)
    for p, token in enumerate(permutation):
        step = 1 + p // E % (E - 1) if E > 1 else 1
        if E // math.gcd(step, E) < K:
            step = 1
        table[token] = (p + step * np.arange(K)) % E
    return table


# --------------------------------------------------------------------------------- moving rows between orders


class Dispatch(torch.autograd.Function):
    """x [S, D] -> rows [R, D] in the order of the experts; the gradient is gathered, not scattered."""

    @staticmethod
    def forward(ctx, x, token, inverse, K):
        ctx.save_for_backward(inverse)
        ctx.K = K
        return x.index_select(0, token)

    @staticmethod
    def backward(ctx, gradient):
        (inverse,) = ctx.saved_tensors
        rows = gradient.index_select(0, inverse)
        return rows.view(-1, ctx.K, rows.shape[1]).sum(1), None, None, None


class Permute(torch.autograd.Function):
    """rows [R, D] in another order, with the inverse order for the gradient."""

    @staticmethod
    def forward(ctx, rows, order, inverse):
        ctx.save_for_backward(inverse)
        return rows.index_select(0, order)

    @staticmethod
    def backward(ctx, gradient):
        (inverse,) = ctx.saved_tensors
        return gradient.index_select(0, inverse), None, None


class GroupedMatmul(torch.autograd.Function):
    """rows [R, n] sorted by group times weight [E, n, m], group e having counts[e] rows."""

    @staticmethod
    def forward(ctx, rows, weight, counts):
        ctx.save_for_backward(rows, weight, counts)
        return grouped_forward(rows, weight, counts)

    @staticmethod
    def backward(ctx, gradient):
        return *grouped_backward(gradient, *ctx.saved_tensors), None


# Custom operations, so that torch.compile, which can't see row counts, need not break its graph.
@torch.library.custom_op("moe::grouped_forward", mutates_args=())
def grouped_forward(rows: torch.Tensor, weight: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    out = rows.new_empty(rows.shape[0], weight.shape[2])
    for e, (a, b) in enumerate(bounds(counts)):
        if b > a:
            torch.mm(rows[a:b], weight[e], out=out[a:b])
    return out


@torch.library.custom_op("moe::grouped_backward", mutates_args=())
def grouped_backward(
    gradient: torch.Tensor, rows: torch.Tensor, weight: torch.Tensor, counts: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    gradient = gradient.contiguous()
    d_rows, d_weight = torch.empty_like(rows), torch.empty_like(weight)
    for e, (a, b) in enumerate(bounds(counts)):
        if b > a:
            torch.mm(gradient[a:b], weight[e].t(), out=d_rows[a:b])
            torch.mm(rows[a:b].t(), gradient[a:b], out=d_weight[e])
        else:
            d_weight[e].zero_()
    return d_rows, d_weight


@grouped_forward.register_fake
def _(rows, weight, counts):
    return rows.new_empty(rows.shape[0], weight.shape[2])


@grouped_backward.register_fake
def _(gradient, rows, weight, counts):
    return torch.empty_like(rows), torch.empty_like(weight)


def bounds(counts):
    ends = counts.cumsum(0).tolist()
    return zip([0, *ends], ends)


def counts_of(expert, E):
    # Not bincount: its output shape would depend on data.
    return torch.zeros(E, dtype=torch.int64).scatter_add_(0, expert, torch.ones_like(expert))


# ------------------------------------------------------------------------------------------------------- model


class Layer(torch.nn.Module):
    """One decoder layer, its parameters packed for few large multiplies."""

    def __init__(self, config, dtype):
        super().__init__()
        c = self.c = config

        def parameter(*shape):
            return torch.nn.Parameter(torch.ones(shape, dtype=dtype))

        self.attention_norm, self.moe_norm = parameter(c.D), parameter(c.D)
        self.qkv, self.output = parameter(c.D, 3 * c.D), parameter(c.D, c.D)
        self.qk_norm = parameter(2, c.D) if c.qk_norm else None
        self.gate_up, self.down = parameter(c.E, c.D, 2 * c.F), parameter(c.E, c.F, c.D)
        n = c.always_on
        self.always_gate_up = parameter(c.D, 2 * n * c.F) if n else None
        self.always_down = parameter(n * c.F, c.D) if n else None
        columns = {"linear": 1, "shared-expert": 1, "expert-choice": 1, "attention": 3}.get(c.router, 0)
        self.router = parameter(c.D, columns * c.E) if columns else None
        if self.router is not None and c.options.get("frozen", False):
            self.router.requires_grad_(False)
        # Expert choice: the running mean of the cut-off scores, and how many steps it has seen.
        self.register_buffer("cut_off", torch.zeros(c.E, dtype=dtype))
        self.cut_off_steps = 0

    def named(self):
        """Name of docs/model.md -> (packed parameter, function to its view)."""
        c = self.c

        def columns(start, width):
            return lambda packed: packed.narrow(-1, start, width)

        found = {"attention_norm": (self.attention_norm, None), "moe_norm": (self.moe_norm, None)}
        for i, name in enumerate(("query", "key", "value")):
            found[name] = (self.qkv, columns(i * c.D, c.D))
        found["output"] = (self.output, None)
        if self.qk_norm is not None:
            found["query_norm"] = (self.qk_norm, lambda packed: packed[0])
            found["key_norm"] = (self.qk_norm, lambda packed: packed[1])
        found["experts.gate"] = (self.gate_up, columns(0, c.F))
        found["experts.up"] = (self.gate_up, columns(c.F, c.F))
        found["experts.down"] = (self.down, None)
        if c.always_on:
            width = c.always_on * c.F
            found["always_on.gate"] = (self.always_gate_up, columns(0, width))
            found["always_on.up"] = (self.always_gate_up, columns(width, width))
            found["always_on.down"] = (self.always_down, None)
        if c.router == "attention":
            for i, name in enumerate(("query", "key", "value")):
                found[f"router.{name}"] = (self.router, columns(i * c.E, c.E))
        elif self.router is not None:
            found["router.weight"] = (self.router, None)
        return found

    def forward(self, x, cos, sin, mode, hashed):
        x = x + self.attention(F.rms_norm(x, (self.c.D,), self.attention_norm, self.c.norm_eps), cos, sin)
        h = F.rms_norm(x, (self.c.D,), self.moe_norm, self.c.norm_eps)
        y, routing = self.moe(h, mode, hashed)
        return x + y, routing

    def attention(self, h, cos, sin):
        c = self.c
        qkv = (h @ self.qkv).view(-1, 3, c.D)
        qk, v = qkv[:, :2], qkv[:, 2]
        if self.qk_norm is not None:
            qk = F.rms_norm(qk, (c.D,), None, c.norm_eps) * self.qk_norm
        d = c.D // c.H
        qk = qk.view(-1, c.T, 2 * c.H, d).transpose(1, 2)
        low, high = qk.chunk(2, -1)
        qk = torch.cat((low * cos - high * sin, high * cos + low * sin), -1)
        q, k = qk.chunk(2, 1)
        v = v.view(-1, c.T, c.H, d).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return mixed.transpose(1, 2).reshape(-1, c.D) @ self.output

    def moe(self, h, mode, hashed):
        c = self.c
        if c.router == "dense":
            y = swiglu(h @ self.gate_up[0]) @ self.down[0]
            return y, {"counts": torch.tensor([h.shape[0]])}
        if c.router == "expert-choice":
            y, routing = self.expert_choice(h, mode)
        else:
            y, routing = self.token_choice(h, hashed)
        if c.always_on:
            y = y + swiglu(h @ self.always_gate_up) @ self.always_down
        return y, routing

    def token_choice(self, h, hashed):
        c = self.c
        routing = {}
        if c.router == "hash":
            expert, gate = hashed, h.new_full(hashed.shape, 1 / c.K)
        else:
            logits = self.attention_scores(h) if c.router == "attention" else h @ self.router
            log_sum = logits.logsumexp(1)
            chosen, expert = logits.topk(c.K, 1)
            if c.router == "attention" or c.options.get("renormalise", True):
                gate = chosen.softmax(1)
            else:
                gate = (chosen - log_sum[:, None]).exp()
            routing = {"logits": logits, "log_sum": log_sum}
        flat = expert.reshape(-1)
        order = flat.argsort(stable=True)
        inverse = torch.empty_like(order).scatter_(0, order, torch.arange(len(order)))
        counts = counts_of(flat, c.E)
        rows = Dispatch.apply(h, order // c.K, inverse, c.K)
        rows = Permute.apply(self.experts(rows, counts), inverse, order)
        y = torch.bmm(gate[:, None, :], rows.view(-1, c.K, c.D)).squeeze(1)
        return y, routing | {"counts": counts, "expert": expert}

    def attention_scores(self, h):
        c = self.c
        q, k, v = (h @ self.router).view(-1, 3, c.E).unbind(1)
        weights = (q[:, :, None] * (k / c.options.get("temperature", 1.0))[:, None, :]).softmax(2)
        return torch.bmm(weights, v[:, :, None]).squeeze(2)

    def expert_choice(self, h, mode):
        c = self.c
        logits = h @ self.router
        p = logits.softmax(1)
        if mode == "causal-eval":
            limit = self.cut_off / (1 - 0.99**self.cut_off_steps)
            expert, token = (p >= limit).t().nonzero(as_tuple=True)
            gate = p[token, expert]
        else:
            groups = p.view(1 if c.batch_scope else -1, c.T * (c.B if c.batch_scope else 1), c.E).transpose(1, 2)
            chosen, place = groups.topk(c.capacity, 2)
            if mode == "train":
                with torch.no_grad():
                    self.cut_off.mul_(0.99).add_(chosen[:, :, -1].mean(0), alpha=0.01)
                self.cut_off_steps += 1
            place = place + torch.arange(groups.shape[0])[:, None, None] * groups.shape[2]
            token, gate = place.transpose(0, 1).reshape(-1), chosen.transpose(0, 1).reshape(-1)
            expert = torch.arange(c.E).repeat_interleave(len(token) // c.E)
        counts = counts_of(expert, c.E)
        rows = self.experts(h.index_select(0, token), counts) * gate[:, None]
        y = torch.zeros_like(h).index_add_(0, token, rows)
        return y, {"logits": logits, "log_sum": logits.logsumexp(1), "counts": counts, "token": token}

    def experts(self, rows, counts):
        hidden = swiglu(GroupedMatmul.apply(rows, self.gate_up, counts))
        return GroupedMatmul.apply(hidden, self.down, counts)


class SwiGLU(torch.autograd.Function):
    """gate and up side by side [R, 2F] -> silu(gate) * up [R, F]; the gradient needs no concatenation."""

    @staticmethod
    def forward(ctx, gate_up):
        gate, up = gate_up.chunk(2, -1)
        activated = F.silu(gate)
        ctx.save_for_backward(gate_up, activated)
        return activated * up

    @staticmethod
    def backward(ctx, gradient):
        gate_up, activated = ctx.saved_tensors
        gate, up = gate_up.chunk(2, -1)
        both = torch.empty_like(gate_up)
        d_gate, d_up = both.chunk(2, -1)
        torch.mul(gradient, activated, out=d_up)
        torch.ops.aten.silu_backward.grad_input(gradient * up, gate, grad_input=d_gate)
        return both


def swiglu(gate_up):
    if torch.compiler.is_compiling():  # the compiler fuses the plain form
        gate, up = gate_up.chunk(2, -1)
        return F.silu(gate) * up
    return SwiGLU.apply(gate_up)


class Model(torch.nn.Module):
    """The decoder language model with a mixture of experts in every layer."""

    def __init__(self, config, dtype=torch.float32):
        super().__init__()
        c = self.c = config
        self.embedding = torch.nn.Parameter(torch.ones(c.V, c.D, dtype=dtype))
        self.layers = torch.nn.ModuleList(Layer(c, dtype) for _ in range(c.L))
        self.final_norm = torch.nn.Parameter(torch.ones(c.D, dtype=dtype))
        self.head = None if c.tied else torch.nn.Parameter(torch.ones(c.D, c.V, dtype=dtype))
        d = c.D // c.H
        angle = np.arange(c.T)[:, None] * c.rotary_base ** (-2 * np.arange(d // 2) / d)
        self.register_buffer("cos", torch.from_numpy(np.cos(angle)).to(dtype), persistent=False)
        self.register_buffer("sin", torch.from_numpy(np.sin(angle)).to(dtype), persistent=False)
        self.hash_table = None
        if c.router == "hash":
            self.hash_table = torch.from_numpy(hash_table(c.V, c.E, c.K, c.options.get("draw", 0)))

    def named(self):
        """Name of docs/model.md -> (packed parameter, function to its view or None)."""
        found = {"embedding": (self.embedding, None)}
        for l, layer in enumerate(self.layers):
            found |= {f"layers.{l}.{name}": entry for name, entry in layer.named().items()}
        found["final_norm"] = (self.final_norm, None)
        if self.head is not None:
            found["head"] = (self.head, None)
        return found

    def views(self):
        """Name -> view of the parameter's values; writing to it writes to the parameter."""
        return {name: view(p.data) if view else p.data for name, (p, view) in self.named().items()}

    def gradients(self):
        """Name -> gradient, of the parameters that are trained."""
        named = self.named().items()
        return {name: view(p.grad) if view else p.grad for name, (p, view) in named if p.requires_grad}

    def initialise(self, seed):
        """Fills every parameter from its named stream. Returns what was solved for (by option name)."""
        c = self.c
        solved = {}
        scale = 1.0
        if c.router == "attention":
            scale = c.options.get("initScale", 1)
            if scale == "match-linear":
                scale = match_linear(c.D, c.E, c.std, c.options.get("temperature", 1.0))
                solved["initScale"] = scale
        for name, view in self.views().items():
            if name.endswith("norm"):
                view.fill_(1)
                continue
            of_router = ".router." in name
            path = [seed, "parameters", name]
            if of_router and c.router_stream != 0:
                path += ["redraw", c.router_stream]
            stream, n = Stream(*path), view.numel()
            z = stream.truncated_normals(n, c.cut) if c.distribution == "truncated-normal" else stream.normals(n)
            std = c.std * (scale if of_router else 1)
            view.copy_(torch.from_numpy((std * z).reshape(view.shape)))
        return solved

    def forward(self, inputs, targets, mode="train"):
        """inputs, targets [B, T] int64. Returns losses (a dict of scalars and lists by layer) and routing by layer."""
        c = self.c
        tokens = inputs.reshape(-1)
        x = F.embedding(tokens, self.embedding)
        routings = []
        hashed = self.hash_table[tokens] if self.hash_table is not None else None
        for layer in self.layers:
            x, routing = layer(x, self.cos, self.sin, mode, hashed)
            routings.append(routing)
        x = F.rms_norm(x, (c.D,), self.final_norm, c.norm_eps)
        logits = x @ (self.embedding.t() if self.head is None else self.head)
        lm = F.cross_entropy(logits, targets.reshape(-1))
        balance, z = [], []
        for routing in routings:
            if "logits" not in routing:
                continue
            mean_p = (routing["logits"] - routing["log_sum"][:, None]).exp().mean(0)
            share = routing["counts"].to(mean_p.dtype) / routing["counts"].sum().clamp(min=1)
            balance.append(c.E * (share * mean_p).sum())
            z.append(routing["log_sum"].square().mean())
        total = lm
        if balance and c.balance_weight:
            total = total + c.balance_weight * torch.stack(balance).mean()
        if z and c.z_weight:
            total = total + c.z_weight * torch.stack(z).mean()
        return {"total": total, "languageModel": lm, "balance": balance, "z": z}, routings


# ---------------------------------------------------------------------------------------------------- training


def optimiser(model, beta1=0.9, beta2=0.95, eps=1e-8, decay=0.1, decay_norms=True, decay_embeddings=True, **how):
    """torch.optim.AdamW over the model's trained parameters."""
    decayed, kept = [], []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            spared = (name.endswith("norm") and not decay_norms) or (name == "embedding" and not decay_embeddings)
            (kept if spared else decayed).append(parameter)
    groups = [{"params": decayed, "weight_decay": decay}]
    if kept:
        groups.append({"params": kept, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, lr=0.0, betas=(beta1, beta2), eps=eps, **(how or {"fused": True}))


def learning_rate(t, steps, peak, warmup, final):
    """At step t from 1 of steps: linear warm-up, then a cosine to final * peak."""
    if t <= warmup:
        return peak * t / warmup
    return peak * (final + (1 - final) * (1 + math.cos(math.pi * (t - warmup) / (steps - warmup))) / 2)


def batch_places(seed, step, B, T, weights, lengths):
    """[(domain, offset)] of one training batch."""
    stream = Stream(seed, "batches", step)
    cumulated = np.cumsum(weights)
    places = []
    for _ in range(B):
        u = stream.uniform()
        domain = min(int(np.searchsorted(cumulated, u, side="right")), len(weights) - 1)
        places.append((domain, stream.integer(lengths[domain] - T)))
    return places
