#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Do the calls of BPF objects fit into the stack? 512 bytes are for a whole path of calls.

usage: scripts/check-stack.py OBJECT...

Prints the path of each program and callback that takes the most, and fails if that is more than
512. Each function counts in steps of 32 bytes and with one step at least, as on kernel 6.1; newer
kernels that compile to machine code count in steps of 16, so that they take what is too much for
others (check_max_stack_depth in kernel/bpf/verifier.c). What a function takes is the lowest address
that it makes of r10. A timer's callback has a stack of its own; those that a helper calls at once
have not, and an object with such a call is refused: this script does not follow them.
"""

import struct
import sys
from collections import namedtuple

LIMIT = 512
STEP = 32
FRAME = 10  # the register

SHT_SYMTAB, SHT_REL = 2, 9
STT_FUNC = 2
LDX, ST, STX = 1, 2, 3  # classes of instructions
MOV_REGISTER, ADD_NUMBER, CALL, LOAD_64 = 0xbf, 0x07, 0x85, 0x18
PSEUDO_CALL = 1
# Helpers that call a function at once: bpf_for_each_map_elem, bpf_find_vma, bpf_loop and
# bpf_user_ringbuf_drain (include/uapi/linux/bpf.h).
CALL_BACK = {164: "for_each_map_elem", 180: "find_vma", 181: "loop", 209: "user_ringbuf_drain"}

Section = namedtuple("Section", "name type offset size link info")
Symbol = namedtuple("Symbol", "name info section value size")
Function = namedtuple("Function", "name depth calls")


def text_at(data, offset):
    return data[offset:data.index(b"\0", offset)].decode()


def read_sections(data):
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no little-endian 64-bit ELF object")
    table, = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    raw = []
    for i in range(count):
        raw.append(struct.unpack_from("<IIQQQQII", data, table + i * size))
    return [Section(text_at(data, raw[names][4] + name), kind, offset, length, link, info)
            for name, kind, _, _, offset, length, link, info in raw]


def read_symbols(data, sections):
    table = next(s for s in sections if s.type == SHT_SYMTAB)
    names = sections[table.link].offset
    symbols = []
    for at in range(table.offset, table.offset + table.size, 24):
        name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", data, at)
        symbols.append(Symbol(text_at(data, names + name), info & 15, section, value, size))
    return symbols


def read_relocations(data, sections, symbols, section):
    """offset in the section -> symbol"""
    found = {}
    for s in sections:
        if s.type == SHT_REL and s.info == section:
            for at in range(s.offset, s.offset + s.size, 16):
                offset, info = struct.unpack_from("<QQ", data, at)
                found[offset] = symbols[info >> 32]
    return found


def touched(insn, pointers):
    """How deep in the stack is what the instruction reads, writes or points to? 0: not there."""
    code, dst, src, offset, number = insn
    kind = code & 7
    if kind == LDX and src in pointers:
        lowest = pointers[src] + offset
    elif kind in (ST, STX) and dst in pointers:
        lowest = pointers[dst] + offset
    elif code == ADD_NUMBER and dst in pointers:
        lowest = pointers[dst] + number
    else:
        lowest = 0
    return max(0, -lowest)


def follow(insn, pointers):
    """Which registers point into the stack after the instruction, and where to?"""
    code, dst, src, _, number = insn
    if code == CALL:
        for register in range(6):
            pointers.pop(register, None)
    elif code == MOV_REGISTER and src in pointers:
        pointers[dst] = pointers[src]
    elif code == ADD_NUMBER and dst in pointers and dst != FRAME:
        pointers[dst] += number
    elif code & 7 not in (ST, STX, 5, 6):  # all but stores and jumps write to dst
        pointers.pop(dst, None)


def read_function(data, sections, symbol, relocations):
    """What it takes, and whom it calls: (section, offset)."""
    depth, calls, pointers = 0, set(), {FRAME: 0}
    offset = symbol.value
    while offset < symbol.value + symbol.size:
        code, registers, jump, number = struct.unpack_from(
            "<BBhi", data, sections[symbol.section].offset + offset)
        insn = code, registers & 15, registers >> 4, jump, number
        depth = max(depth, touched(insn, pointers))
        follow(insn, pointers)
        if code == CALL and registers >> 4 == 0 and number in CALL_BACK:
            raise ValueError(f"{symbol.name}: bpf_{CALL_BACK[number]} is not followed")
        if code == CALL and registers >> 4 == PSEUDO_CALL:
            target = relocations.get(offset)
            if target:
                calls.add((target.section, target.value + (number + 1) * 8))
            else:
                calls.add((symbol.section, offset + (number + 1) * 8))
        offset += 16 if code == LOAD_64 else 8
    return Function(symbol.name, depth, calls)


def read_functions(path):
    """(section, offset) -> Function"""
    with open(path, "rb") as file:
        data = file.read()
    sections = read_sections(data)
    symbols = read_symbols(data, sections)
    functions = {}
    for section in {s.section for s in symbols if s.info == STT_FUNC}:
        relocations = read_relocations(data, sections, symbols, section)
        for s in symbols:
            if s.info == STT_FUNC and s.section == section:
                functions[section, s.value] = read_function(data, sections, s, relocations)
    if not functions:
        raise ValueError("no functions")
    return functions


def deepest(functions, at):
    """(bytes, [Function...]) of the path from there that takes the most. There is no recursion."""
    function = functions[at]
    total, path = max((deepest(functions, callee) for callee in function.calls),
                      key=lambda found: found[0], default=(0, []))
    return total + max(1, (function.depth + STEP - 1) // STEP) * STEP, [function] + path


def check(path):
    """Is all of the object within the limit?"""
    good = True
    functions = read_functions(path)
    called = {callee for function in functions.values() for callee in function.calls}
    for at in sorted(functions.keys() - called):
        total, calls = deepest(functions, at)
        way = " > ".join(f"{call.name} ({call.depth})" for call in calls)
        print(f"{path}: {total} bytes of stack: {way}")
        if total > LIMIT:
            print(f"{path}: {functions[at].name} takes {total - LIMIT} bytes of stack too many")
            good = False
    return good


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stdout if sys.argv[1:] in (["-h"], ["--help"]) else sys.stderr)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    try:
        results = [check(path) for path in sys.argv[1:]]
    except (OSError, ValueError, LookupError, struct.error) as error:
        print(f"check-stack.py: {error}", file=sys.stderr)
        return 1
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
