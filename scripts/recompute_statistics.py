"""Recomputes the statistics of result folders with NumPy and SciPy alone, from runs.csv, and compares them with summary.csv.

    python scripts/recompute_statistics.py results/attention-router ...

Nothing of moe-lab is used, so this checks paired t, interval, TOST, Holm and sign flips from outside. For results that were looked at once,
of validation loss, with at most 20 seeds. Exit code 1 if a number differs by more than 1e-9 of itself.
"""

import csv
import itertools
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


def compare(variant, baseline, margin_share):
    difference = variant - baseline
    n, level = len(difference), baseline.mean()
    test = stats.ttest_rel(variant, baseline)
    interval = test.confidence_interval(0.95)
    error = difference.std(ddof=1) / np.sqrt(n)
    margin = margin_share * level
    above = stats.t.sf((difference.mean() + margin) / error, n - 1)
    below = stats.t.cdf((difference.mean() - margin) / error, n - 1)
    observed = abs(difference.sum()) - 1e-12 * abs(difference).sum()
    extreme = [abs(np.dot(signs, difference)) >= observed for signs in itertools.product((1, -1), repeat=n)]
    return {
        "difference_percent": 100 * difference.mean() / level,
        "difference_percent_low": 100 * interval.low / level,
        "difference_percent_high": 100 * interval.high / level,
        "p": test.pvalue,
        "equivalence_p": max(above, below),
        "sign_flip_p": np.mean(extreme),
    }


def looks_of(folder):
    file = folder / "looks.json"
    procedures = json.loads(file.read_text())["procedures"] if file.exists() else []
    return max((len(procedure["looks"]) for procedure in procedures), default=1)


def check(folder):
    if looks_of(folder) > 1:
        print(f"{folder}: not checked, its tests are over several looks")
        return True
    losses = {}
    for run in rows_of(folder / "runs.csv"):
        if run["validation_loss_nats"]:
            losses.setdefault(run["variant"], {})[run["seed"]] = float(run["validation_loss_nats"])
    margin = json.loads((folder / "experiment.json").read_text())["experiment"]["margin"]
    ours = [row for row in rows_of(folder / "summary.csv") if row["p"]]
    theirs = []
    for row in ours:
        variant, baseline = losses[row["variant"]], losses[row["compared_with"]]
        seeds = sorted(variant.keys() & baseline.keys())
        theirs.append(compare(*(np.array([runs[seed] for seed in seeds]) for runs in (variant, baseline)), margin))
    for name, corrected in (("p", "holm_p"), ("equivalence_p", "equivalence_holm_p")):
        for row, p in zip(theirs, holm([row[name] for row in theirs])):
            row[corrected] = p
    worst = max(
        (abs(value - float(row[name])) / max(abs(value), 1e-3) for row, found in zip(ours, theirs) for name, value in found.items()),
        default=0.0,
    )
    print(f"{folder}: {len(ours)} comparisons, largest relative deviation {worst:.1e}")
    return worst <= 1e-9


if __name__ == "__main__":
    sys.exit(0 if all([check(pathlib.Path(name)) for name in sys.argv[1:]]) else 1)
