# What gdb needs for the same things as bench/debug.ts measures, in microseconds each, as a line of JSON.
import json
import os
import statistics
import time
import gdb


def quietly(command):
    gdb.execute(command, to_string=True)


def each(count, action):
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(times)


def turn():
    return int(gdb.parse_and_eval("turns"))


def until(kind, name, hits):
    """Time of each of `hits` times that a condition does not hold."""
    stop = turn() + hits
    quietly("%s %s == %d" % (kind, name, stop))
    took = each(1, lambda: quietly("continue")) / hits
    quietly("delete")
    return took


for setting in ("pagination off", "confirm off", "width 0"):
    quietly("set " + setting)
quietly("target remote " + os.environ["GDB_SOCKET"])
if os.environ["MEASURE"] == "start":
    quietly("break main")
    quietly("continue")
    print("MEASURED" + json.dumps({}), flush=True)
elif os.environ["MEASURE"] == "reverse":
    quietly("tbreak milestone")
    quietly("continue")
    print("MEASURED" + json.dumps({"reverse-stepi": each(10, lambda: quietly("reverse-stepi"))}), flush=True)
else:
    result = {}
    quietly("break work")
    quietly("continue")
    result["breakpoint"] = each(100, lambda: quietly("continue"))
    result["stepi"] = each(200, lambda: quietly("stepi"))
    result["step"] = each(100, lambda: quietly("step"))
    quietly("delete")
    result["condition"] = until("break work if", "turn", 500)
    quietly("watch turns")
    quietly("continue")
    result["watchpoint"] = each(100, lambda: quietly("continue"))
    quietly("delete")
    result["watch-condition"] = until("watch turns if", "turns", 300)
    quietly("watch $x19")
    quietly("continue")
    result["watch-register"] = each(5, lambda: quietly("continue"))
    quietly("delete")
    inferior = gdb.selected_inferior()
    address = int(gdb.parse_and_eval("(unsigned long)&values")) & ~0xFFFF
    result["read"] = each(20, lambda: inferior.read_memory(address, 65536))
    print("MEASURED" + json.dumps(result), flush=True)
gdb.execute("kill")
