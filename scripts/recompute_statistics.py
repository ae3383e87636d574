"""Recomputes the statistics of result folders with NumPy and SciPy alone, from runs.csv, and compares them with summary.csv.

    python scripts/recompute_statistics.py results/attention-router ...

Nothing of moe-lab is used, so this checks paired t, interval, TOST, Holm, sign flips and p-values over two looks from outside. For results
of validation loss with at most 20 seeds, a folder's recipes/ and recipes.csv included. Exit code 1 if a number differs by more than 1e-9 of itself; one that
is of two looks by more than 1e-4, since moe-lab computes those to 1e-5.
"""

import csv
import json
import pathlib
import sys

import numpy as np
from scipy import stats


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def holm(p_values):
    order = np.argsort(p_values)
    corrected, largest = np.empty(len(p_values)), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def bound_of(n, level):
    """The |r| from which a paired t of n differences has a two-sided p of at most `level`; r = t / sqrt(t^2 + n - 1)."""
    t = stats.t.isf(level / 2, n - 1)
    return t / np.sqrt(t**2 + n - 1)


def r_below(r, n):
    """P(R <= r) for the cosine between n normal differences and (1, .., 1): (1 + R) / 2 is Beta((n - 1) / 2, (n - 1) / 2)."""
    return stats.beta.cdf((1 + r) / 2, (n - 1) / 2, (n - 1) / 2)


def crossing(sizes, levels):
    """Chance that p is at most its level at the first look or at the second, without an effect.

    The old differences' share of the sum of squares is Beta(n/2, m/2), whatever their r was; so r' = (sqrt(n share) r + sqrt(m (1 - share)) s)
    / sqrt(n + m), where s is the r of the m new ones.
    """
    n, m = sizes[0], sizes[1] - sizes[0]
    first, second = bound_of(n, levels[0]), bound_of(n + m, levels[1])

    def inside(r, share):
        old, new = np.sqrt(n * share) * r, np.sqrt(m * (1 - share))
        far = second * np.sqrt(n + m)
        return r_below(np.clip((far - old) / new, -1, 1), m) - r_below(np.clip((-far - old) / new, -1, 1), m)

    # Gauss-Legendre in angles: r = sin(theta), share = cos(phi)^2, so that no density has a peak at an end.
    nodes, weights = np.polynomial.legendre.leggauss(400)
    phi, theta = (nodes + 1) * np.pi / 4, nodes * np.arcsin(first)
    share_density = np.cos(phi) ** (n - 1) * np.sin(phi) ** (m - 1) * weights
    r_density = np.cos(theta) ** (n - 2) * weights
    passing = inside(np.sin(theta)[:, None], np.cos(phi)[None, :] ** 2) @ share_density / share_density.sum()
    return 1 - (2 * r_below(first, n) - 1) * (passing @ r_density) / r_density.sum()


def tests(variant, baseline, margin_share, level):
    difference = variant - baseline
    n, mean = len(difference), baseline.mean()
    test = stats.ttest_rel(variant, baseline)
    interval = test.confidence_interval(1 - level)
    error = difference.std(ddof=1) / np.sqrt(n)
    margin = margin_share * mean
    above = stats.t.sf((difference.mean() + margin) / error, n - 1)
    below = stats.t.cdf((difference.mean() - margin) / error, n - 1)
    return {
        "difference_percent": 100 * difference.mean() / mean,
        "difference_percent_low": 100 * interval.low / mean,
        "difference_percent_high": 100 * interval.high / mean,
        "p": test.pvalue,
        "equivalence_p": max(above, below),
    }


def sign_flip(difference):
    observed = abs(difference.sum()) - 1e-12 * abs(difference).sum()
    sums = np.zeros(1)
    for value in difference:
        sums = np.concatenate([sums + value, sums - value])
    return np.mean(abs(sums) >= observed)


def over_looks(name, at_looks, looks):
    """The p-value over all looks, of the smallest p in units of its look's level."""
    levels = np.array([look["level"] for look in looks])
    smallest = min(found[name] / level for found, level in zip(at_looks, levels))
    if len(looks) == 1:
        return smallest * levels[0]
    return crossing([len(look["seeds"]) for look in looks], smallest * levels)


def looks_of(folder):
    """The looks of the procedure that results are shown of; one at all seeds where none is recorded."""
    file = folder / "looks.json"
    record = json.loads(file.read_text()) if file.exists() else {"current": None}
    if record["current"] is None:
        return [{"seeds": None, "level": 0.05}]
    procedure = record["procedures"][record["current"]]
    if procedure["taken"] != len(procedure["looks"]) or len(procedure["looks"]) > 2:
        raise SystemExit(f"{folder}: this script knows one or two looks that were all taken")
    return procedure["looks"]


def losses_of(folder):
    """The losses that the experiment is judged by, by variant and seed; the causal one of a causal router is its validation loss."""
    losses = {}
    metric = json.loads((folder / "experiment.json").read_text())["experiment"]["metric"]
    for run in rows_of(folder / "runs.csv"):
        loss = run.get(metric) or run["validation_loss_nats"]
        if loss:
            losses.setdefault(run["variant"], {})[int(run["seed"])] = float(loss)
    return losses


def margin_of(folder):
    return json.loads((folder / "experiment.json").read_text())["experiment"]["margin"]


def check_recipes(folder):
    """recipes.csv: each variant under each recipe, and with every variant at the best of its three learning rates."""
    ours = rows_of(folder / "recipes.csv")
    by_recipe = {path.name: losses_of(path) for path in (folder / "recipes").iterdir()} | {"as-written": losses_of(folder)}
    rates = [by_recipe[name] for name in ("as-written", "half-rate", "double-rate") if name in by_recipe]
    if len(rates) == 3:
        names = set.intersection(*(set(losses) for losses in rates))
        by_recipe["tuned"] = {
            name: min((losses[name] for losses in rates), key=lambda runs: np.mean(list(runs.values()))) for name in names
        }
    worst, count = 0.0, 0
    for recipe, losses in by_recipe.items():
        start = recipe.replace("-", "_") + "_"
        rows = [row for row in ours if row[start + "p"]]
        found = []
        for row in rows:
            variant, baseline = losses[row["variant"]], losses[row["compared_with"]]
            seeds = sorted(variant.keys() & baseline.keys())
            found.append(tests(*(np.array([of[seed] for seed in seeds]) for of in (variant, baseline)), margin_of(folder), 0.05))
        for name, corrected in (("p", "holm_p"), ("equivalence_p", "equivalence_holm_p")):
            for test, p in zip(found, holm([test.pop(name) if name != "p" else test[name] for test in found])):
                test[corrected] = p
        for row, test in zip(rows, found):
            count += 1
            for name, value in test.items():
                worst = max(worst, abs(value - float(row[start + name])) / max(abs(value), 1e-3))
    print(f"{folder}/recipes.csv: {count} comparisons, largest relative deviation {worst:.1e}")
    return worst <= 1e-9


def check(folder):
    losses, margin = losses_of(folder), margin_of(folder)
    looks = looks_of(folder)
    ours = [row for row in rows_of(folder / "summary.csv") if row["p"]]
    theirs = []
    for row in ours:
        runs = losses[row["variant"]], losses[row["compared_with"]]
        pairs = sorted(runs[0].keys() & runs[1].keys())
        at_looks = []
        for look in looks:
            seeds = [seed for seed in pairs if look["seeds"] is None or seed in look["seeds"]]
            at_looks.append(tests(*(np.array([of[seed] for seed in seeds]) for of in runs), margin, look["level"] or 0.05))
        # A look by hand after the planned ones has nothing to pay with: its numbers are shown, verdicts stay those of the planned.
        planned = [(at, look) for at, look in zip(at_looks, looks) if look["level"] is not None]
        found = at_looks[-1] | {
            "looks_p": over_looks("p", *zip(*planned)),
            "equivalence_looks_p": over_looks("equivalence_p", *zip(*planned)),
            "sign_flip_p": sign_flip(np.array([runs[0][seed] - runs[1][seed] for seed in pairs])),
        }
        theirs.append(found)
    for name, corrected in (("looks_p", "holm_p"), ("equivalence_looks_p", "equivalence_holm_p")):
        for row, p in zip(theirs, holm([row[name] for row in theirs])):
            row[corrected] = p
    of_looks = ("looks_p", "equivalence_looks_p", "holm_p", "equivalence_holm_p") if len(looks) > 1 else ()
    worst = {False: 0.0, True: 0.0}
    for row, found in zip(ours, theirs):
        for name, value in found.items():
            deviation = abs(value - float(row[name])) / max(abs(value), 1e-3)
            worst[name in of_looks] = max(worst[name in of_looks], deviation)
    print(f"{folder}: {len(ours)} comparisons, largest relative deviation {worst[False]:.1e}, over looks {worst[True]:.1e}")
    return worst[False] <= 1e-9 and worst[True] <= 1e-4


if __name__ == "__main__":
    named = [pathlib.Path(name) for name in sys.argv[1:]]
    folders = [folder for name in named for folder in (name, *sorted(name.glob("recipes/*"))) if (folder / "summary.csv").exists()]
    recipes = [name for name in named if (name / "recipes.csv").exists()]
    found = [check(folder) for folder in folders] + [check_recipes(folder) for folder in recipes]
    sys.exit(0 if folders and all(found) else 1)
