#!/usr/bin/env python3
"""vus.py: memory / init time of idle VUs and cost of an empty iteration (k6, locust); appends vus.jsonl"""
import json, os, re, subprocess, sys, time
P = os.path.dirname(os.path.abspath(__file__)); C = os.environ.get("BENCH_CACHE", os.path.expanduser("~/.cache/chopsticks-bench"))
sys.path.insert(0, P)
from measure import cpu_rss
OUT = C + "/vus.jsonl"
def go(name, cmd, env=None, settle=4.0, total=40, mark=None):
    e = dict(os.environ, **(env or {})); t0 = time.time()
    lf = open(C + "/vus.log", "w")
    p = subprocess.Popen(["taskset", "-c", "1"] + cmd, env=e, cwd="/dev/shm", stdout=lf, stderr=subprocess.STDOUT, start_new_session=True)
    S = []; init = None
    while p.poll() is None:
        time.sleep(0.2)
        u, s, hwm, rss = cpu_rss(p.pid); now = time.time()
        if rss: S.append((now - t0, u + s, hwm, rss))
        if init is None and mark:
            m = mark(open(C + "/vus.log").read())
            if m is not None: init = (m if m > 1e9 else now) - t0
        if now - t0 > total: p.kill()
    log = open(C + "/vus.log").read()
    r = {"name": name, "wall": round(time.time() - t0, 2), "rc": p.returncode, "init_s": init and round(init, 2), "hwm_mb": round(max(a[2] for a in S) / 1024, 1)}
    if init:
        ci = [a for a in S if a[0] >= init]
        if ci: r["init_cpu_s"] = round(ci[0][1], 2)
        st = [a for a in S if a[0] >= init + settle][:16]
        if len(st) > 3:
            r["rss_mb"] = round(sum(a[3] for a in st) / len(st) / 1024, 1)
            r["steady_cpu_share"] = round((st[-1][1] - st[0][1]) / (st[-1][0] - st[0][0]), 3)
    r["cpu_total"] = round(S[-1][1], 2)
    m = re.search(r"iterations\.*:\s+(\d+)\s+([\d.]+)/s", log) or re.search(r"ITER (\d+)", log)
    if m: r["iters"] = int(m.group(1)); r["it_s"] = m.group(2) if m.lastindex > 1 else None
    with open(OUT, "a") as f: f.write(json.dumps(r) + "\n")
    print(r, flush=True); return r
def k6mark(t):
    m = re.search(r"SETUP (\d{13})", t); return int(m.group(1)) / 1000 if m else None
def locmark(t):
    m = re.search(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3})\].*All users spawned", t)
    return time.mktime(time.strptime(m.group(1), "%Y-%m-%d %H:%M:%S")) + int(m.group(2)) / 1000 if m else None
K6 = lambda s, n, d=10: [C + "/bin/k6", "run", "-q", "--no-usage-report", "-e", f"VUS={n}", "-e", f"DUR={d}s", P + f"/k6/{s}.js"]
OURS = lambda s, n, d=10: ["node", P + "/../../../runtime/cli/bin.cjs", "run", P + f"/chopsticks/{s}.js", "-u", str(n), "-d", f"{d}s", "--shards", "1", "--quiet", "--no-thresholds"]
LO = lambda s, n, d, lvl="INFO": [C + "/venv/bin/python", "-m", "locust", "-f", P + f"/locust/{s}.py", "--headless", "-u", str(n), "-r", str(n), "-t", f"{d}s", "--only-summary", "-L", lvl]
if __name__ == "__main__":
    for rnd in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        for n in (1, 1000, 10000): go(f"chopsticks-sleep {n}", OURS("sleep", n), mark=k6mark, total=60)
        go("chopsticks-empty 50", OURS("empty", 50, 8))
        for n in (1, 1000, 10000): go(f"k6-sleep {n}", K6("sleep", n), mark=k6mark, total=60)
        for n in (1, 1000): go(f"k6-sleep-http {n}", K6("sleep-http", n), mark=k6mark, total=60)
        for n in (1, 1000, 10000): go(f"locust-sleep {n}", LO("sleep", n, 16), mark=locmark, total=60)
        for c, n in (("http", 1000), ("fast", 1000), ("boto", 100)): go(f"locust-sleep-{c} {n}", LO("sleep", n, 14), {"CLS": c, "AWS_EC2_METADATA_DISABLED": "true"}, mark=locmark, total=60)
        go("k6-empty 50", K6("empty", 50, 8)); go("k6-empty-1s 50", K6("empty", 50, 1))
        for m in ("plain", "event"): go(f"locust-empty-{m} 50", LO("empty", 50, 8), {"MODE": m}); go(f"locust-empty-{m}-2s 50", LO("empty", 50, 2), {"MODE": m})
