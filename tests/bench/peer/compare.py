#!/usr/bin/env python3
"""Speed of the engine beside llama.cpp's library, on the same files in the same run.

    compare.py --build build/release --peer /tmp/peer FILE.gguf...

The two take turns, --rounds times; the table shows the best of each and their ratio. README.md in
this folder says how to get the peer.
"""
import argparse
import json
import os
import subprocess


def run(command):
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def keep_best(best, rows):
    for row in rows:
        key = (row["threads"], row["test"], row["batch"])
        old = best.setdefault(key, {}).setdefault(row["engine"], dict(row))
        if row["tokens_per_second"] > old["tokens_per_second"]:
            old["tokens_per_second"] = row["tokens_per_second"]
        cpu = "cpu_seconds_per_1000_tokens"
        old[cpu] = min(old[cpu], row[cpu])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="folder of a release build")
    parser.add_argument("--peer", required=True, help="folder with llama_bench and node_modules")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="write all rows here")
    parser.add_argument("--busy", type=int, default=0, help="foreign busy processes beside")
    parser.add_argument("models", nargs="+")
    o = parser.parse_args()
    libraries = f"{o.peer}/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64"
    print(run([f"{o.build}/tests/bench_machine"])[0])
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(o.busy)]
    everything = []
    try:
        for model in o.models:
            best = {}
            for _ in range(o.rounds):
                for threads in o.threads.split(","):
                    ours = [f"{o.build}/gateway/penstock", "bench", "--json", "--model", model,
                            "--threads", threads, "--batches", o.batches, "--repeat", "1"]
                    peer = [f"{o.peer}/llama_bench", libraries, model, threads, o.batches, "512",
                            "128", "1"]
                    keep_best(best, run(ours))
                    keep_best(best, run(peer))
            print(f"{os.path.basename(model)}, load {os.getloadavg()[0]:.1f}")
            print("threads  test    batch     ours     peer   ratio    CPU ms a token: ours, peer")
            for key, pair in sorted(best.items()):
                a, b = pair["penstock"], pair["llama.cpp"]
                x, y = a["tokens_per_second"], b["tokens_per_second"]
                print(f"{key[0]:7}  {key[1]:7} {key[2]:4} {x:9.1f} {y:8.1f} {x / y:7.2f}"
                      f"    {a['cpu_seconds_per_1000_tokens']:8.3f}"
                      f" {b['cpu_seconds_per_1000_tokens']:8.3f}", flush=True)
                everything += [dict(row, model=os.path.basename(model)) for row in (a, b)]
    finally:
        for process in busy:
            process.kill()
    if o.json:
        with open(o.json, "w", encoding="utf-8") as out:
            json.dump(everything, out, indent=1)


if __name__ == "__main__":
    main()
