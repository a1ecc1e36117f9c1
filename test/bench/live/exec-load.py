"""Starts programs at a steady rate and reports, as JSON, how many, when each marked one, and what that cost.

exec-load.py RATE SECONDS MARKERS_PER_SECOND

posix_spawn starts them as vfork does, so the load is what the programs themselves cost. What falls behind is caught up
with, and told as the longest delay. Says "ready" and begins at a line on standard input. Times are nanoseconds of CLOCK_MONOTONIC.
"""

import json
import os
import signal
import sys
import time

rate, seconds, markers_per_second = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
program = "/bin/true"
environment = {"PATH": "/usr/bin:/bin"}
# The kernel then reaps the children by itself.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)

print("ready", flush=True)
sys.stdin.readline()
count = int(rate * seconds)
marked_every = max(1, rate // markers_per_second)
marked = {}
longest_delay = 0
began = time.monotonic_ns()
for n in range(count):
    due = began + n * 1_000_000_000 // rate
    now = time.monotonic_ns()
    if now < due:
        time.sleep((due - now) / 1e9)
        now = time.monotonic_ns()
    longest_delay = max(longest_delay, now - due)
    if n % marked_every == 0:
        marked[n] = time.monotonic_ns()
        os.posix_spawn(program, [program, f"bench-marker-{n}-"], environment)
    else:
        os.posix_spawn(program, [program, "bench-load"], environment)
ended = time.monotonic_ns()
own = os.times()
print(
    json.dumps(
        {
            "execs": count,
            "seconds": (ended - began) / 1e9,
            "longestDelayMs": longest_delay / 1e6,
            "cpuSeconds": own.user + own.system,
            "markedNs": marked,
        }
    )
)
