# Makes statistics.json: reference values of scipy for runtime/results/statistics. Run: python3 test/vectors/statistics.py > test/vectors/statistics.json
import json, sys
import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20261201)

def groups():
    yield [1, 2, 3], [4, 5, 6]
    yield [5, 5, 5, 5], [5, 5, 5]
    yield [1, 2, 2, 3, 3, 3], [2, 3, 4, 4]
    yield [0.5], [1.5]
    for n, m, shift, digits in ((8, 12, 0, 6), (30, 30, 0.3, 6), (30, 45, -0.5, 1), (60, 60, 0.1, 1), (200, 150, 0.05, 6), (10, 400, 1, 0), (300, 300, 3, 3)):
        yield [round(v, digits) for v in rng.normal(10, 1, n)], [round(v, digits) for v in rng.normal(10 + shift, 1, m)]

def mann_whitney(a, b):
    r = stats.mannwhitneyu(a, b, alternative='two-sided', method='asymptotic', use_continuity=True)
    p = float(r.pvalue)
    return {'a': a, 'b': b, 'u': float(r.statistic), 'p': 1.0 if np.isnan(p) else p}

samples = [[3.0], [1.0, 2.0], [2.0, 2.0, 9.0], list(np.round(rng.lognormal(1, 0.7, 25), 6)), list(np.round(rng.normal(0, 1, 100), 4))]
shares = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1]

def holm(ps):
    # Holm 1979: the k-th smallest times (m - k + 1), made monotone; scipy has none, so by its definition.
    order = np.argsort(ps, kind='stable'); out = np.empty(len(ps)); run = 0.0
    for k, i in enumerate(order):
        run = max(run, min(1.0, ps[i] * (len(ps) - k))); out[i] = run
    return out.tolist()

families = [[0.01, 0.04, 0.03, 0.005], [0.5], [1, 1, 0.2], np.round(rng.uniform(0, 0.2, 12), 6).tolist()]

def normal_of_time(n, phi):
    e = rng.normal(0, 1, n + 100); x = np.zeros(n + 100)
    for i in range(1, n + 100): x[i] = phi * x[i - 1] + e[i]
    return np.round(x[100:], 5).tolist()

json.dump({
    'made_with': {'scipy': scipy.__version__, 'numpy': np.__version__},
    'mann_whitney': [mann_whitney(a, b) for a, b in groups()],
    'two_sided_t': [{'t': t, 'df': df, 'p': float(2 * stats.t.sf(abs(t), df))}
                    for t in (0, 0.001, -0.5, 1, 1.96, 2.5, -4, 7, 12, 40) for df in (1, 1.7, 2, 3.333, 5, 10, 33.3, 100, 1000, 1e6)],
    'two_sided_normal': [{'t': t, 'p': float(2 * stats.norm.sf(abs(t)))} for t in (0, 0.01, 0.5, 1, -1.96, 2.575, 3.5, 5, 5.99, 6.01, 8, 12, 30)],
    'critical_t': [{'p': p, 'df': df, 't': float(stats.t.isf(p / 2, df))} for p in (0.5, 0.1, 0.05, 0.01, 0.001, 1e-6) for df in (1, 2, 4, 9.5, 30, 400)],
    'quantiles': [{'values': v, 'shares': shares, 'expected': [float(q) for q in np.quantile(v, shares)], 'mad': float(stats.median_abs_deviation(v))} for v in samples],
    'holm': [{'ps': ps, 'expected': holm(np.array(ps, float))} for ps in families],
}, sys.stdout, indent=1)
print()
