#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the numbers in test_metric.c come from: numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1. Run it to see them."""
import numpy as np
import scipy.spatial.distance as sd
import scipy.stats as st
from sklearn.neighbors import NearestNeighbors


def a(i):
    return ((i * 7919 + 13) % 101) / 10


def b(i):
    return ((i * 6007 + 5) % 89) / 7


def haar(x, n):
    """By projection on the Haar functions, one by one: not the way the program does it."""
    energy = []
    for length in (2, 4, 8, 16, 32):
        total = 0
        for start in range(0, n, length):
            h = np.zeros(n)
            h[start:start + length // 2], h[start + length // 2:start + length] = 1, -1
            total += float((h / np.sqrt(length) @ x) ** 2)
        energy.append(total)
    return energy


P = np.array([(i * 37 + 11) % 50 for i in range(40)], float)
Q = np.array([(i * 53 + 7) % 61 for i in range(40)], float)
P[3], Q[5] = 0, 0
p, q = P / P.sum(), Q / Q.sum()
print("Jensen-Shannon", sd.jensenshannon(P, Q, base=2) ** 2, "total variation", np.abs(p - q).sum() / 2,
      "Hellinger", np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2))
X, Y = np.array([a(i) for i in range(60)]), np.array([b(i) for i in range(45)])
print("earth mover", st.wasserstein_distance(X, Y) / X.std(), "Kolmogorov", st.ks_2samp(X, Y).statistic)
XX, YY = np.repeat(X, [i % 3 for i in range(60)]), np.repeat(Y, [(i + 1) % 4 for i in range(45)])
print("weighted", st.wasserstein_distance(XX, YY) / XX.std(), st.ks_2samp(XX, YY).statistic)
R = np.array([[a(i), b(i) + a(i) / 2, a(3 * i + 1) - b(i)] for i in range(60)])
S = np.array([[b(i), a(i), a(i) + b(2 * i)] for i in range(50)])
ca, cb = np.corrcoef(R.T), np.corrcoef(S.T)
print("correlations", ca[0, 1], ca[0, 2], ca[1, 2], "distance", np.sqrt(((ca - cb) ** 2).sum() / 6))
print("weighted", np.corrcoef(np.repeat(R, [i % 3 for i in range(60)], axis=0).T)[1, 2])
print("lag", st.pearsonr(X[:-1], X[1:])[0])
radius = NearestNeighbors(n_neighbors=6).fit(R).kneighbors(R)[0][:, 5]
inside = sd.cdist(R, S) <= radius[:, None]
print("density", inside.sum() / 5 / len(S), "coverage", inside.any(axis=1).mean())
E32 = haar(np.array([a(i) for i in range(32)]), 32)
print("haar", E32, "slope", np.polyfit(range(5), np.log2([e / (16 >> j) for j, e in enumerate(E32)]), 1)[0])
