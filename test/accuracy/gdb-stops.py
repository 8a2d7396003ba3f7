# Goes on again and again, and prints what gdb sees at each stop as a line of JSON: frames and the values of their variables.
import json
import gdb

ELEMENTS = 6
MOST_FRAMES = 30


def spell(value, path, into):
    if value.is_optimized_out:
        into[path] = "<optimized out>"
        return
    try:
        kind = value.type.strip_typedefs()
        code = kind.code
        if code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            for field in kind.fields():
                if hasattr(field, "bitpos"):
                    spell(value[field], path + "." + field.name if field.name else path, into)
        elif code == gdb.TYPE_CODE_ARRAY:
            element = kind.target()
            low, high = kind.range()
            if str(element) in ("char", "const char"):
                into[path] = value.format_string()
            else:
                for index in range(low, min(high + 1, low + ELEMENTS)):
                    spell(value[index], "%s[%d]" % (path, index), into)
        elif code == gdb.TYPE_CODE_PTR:
            into[path] = hex(int(value) & (2**64 - 1))
        elif code == gdb.TYPE_CODE_INT:
            into[path] = str(int(value)) if kind.sizeof <= 8 else value.format_string()
        else:
            into[path] = value.format_string()
    except gdb.error as error:
        into[path] = "<optimized out>" if "optimized out" in str(error) else "<%s>" % error


def locals_of(frame):
    result = {}
    # Lengths of arrays are computed in the selected frame.
    frame.select()
    try:
        block = frame.block()
    except RuntimeError:
        return result
    while block is not None and not block.is_global and not block.is_static:
        for symbol in block:
            is_constant = symbol.is_constant and symbol.type.code != gdb.TYPE_CODE_ENUM
            if (symbol.is_variable or symbol.is_argument or is_constant) and symbol.name not in result:
                values = {}
                try:
                    spell(symbol.value(frame), symbol.name, values)
                except gdb.error as error:
                    values[symbol.name] = "<%s>" % error
                result[symbol.name] = values
        if block.function is not None:
            break
        block = block.superblock
    return {path: text for values in result.values() for path, text in values.items()}


def frames():
    seen = []
    frame = gdb.newest_frame()
    while frame is not None and len(seen) < MOST_FRAMES:
        place = frame.find_sal()
        line = "%s:%d" % (place.symtab.filename.split("/")[-1], place.line) if place.symtab is not None and place.line > 0 else None
        name = frame.name()
        sp = hex(int(frame.read_register("sp")) & (2**64 - 1))
        seen.append({"function": name or "?", "sp": sp, "locals": locals_of(frame), **({"line": line} if line else {})})
        try:
            frame = frame.older()
        except gdb.error:
            break
    return seen


for setting in ("pagination off", "confirm off", "width 0", "print null-stop on", "print elements 200", "print repeats 0", "print address on", "backtrace past-main on", "backtrace past-entry off"):
    gdb.execute("set " + setting)
while True:
    try:
        gdb.execute("continue", to_string=True)
        pc, sp = (hex(int(gdb.parse_and_eval("(unsigned long)$" + name))) for name in ("pc", "sp"))
    except gdb.error:
        break
    print("STOP" + json.dumps({"pc": pc, "sp": sp, "frames": frames()}), flush=True)
