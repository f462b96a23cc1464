# Objects for the fuzz target `object`: each letter of the text makes one or opens a container.


class Int(int):
    def __index__(self):
        raise RuntimeError("no")


class Str(str):
    def __str__(self):
        raise RuntimeError("no")


class List(list):
    def __iter__(self):
        raise RuntimeError("no")

    def __len__(self):
        return 1 << 40


class Dict(dict):
    def items(self):
        self["more"] = self
        return super().items()


class Odd:
    def __hash__(self):
        raise ValueError("no hash")

    def __eq__(self, other):
        raise ValueError("never equal")

    def __getattr__(self, name):
        raise MemoryError(name)


def same(value):
    return value


def build(text):
    stack = [[]]
    for at, letter in enumerate(text):
        top = stack[-1]
        if letter in "[({<":
            stack.append([letter])
        elif letter in "])}>" and len(stack) > 1:
            inner = stack.pop()
            stack[-1].append(container(inner[0], inner[1:]))
        else:
            top.append(single(letter, at, top))
    while len(stack) > 1:
        inner = stack.pop()
        stack[-1].append(container(inner[0], inner[1:]))
    return stack[0][0] if len(stack[0]) == 1 else stack[0]


def container(kind, items):
    try:
        if kind == "[":
            return items
        if kind == "(":
            return tuple(items)
        if kind == "<":
            return frozenset(items) if len(items) % 2 else set(items)
        return {(str(n) if n % 3 else item): item for n, item in enumerate(items)}
    except Exception:
        return items


def single(letter, at, around):
    match letter:
        case "i":
            return at - 2
        case "f":
            return at / 7
        case "b":
            return at % 2 == 0
        case "n":
            return None
        case "u":
            return chr(0xD800 + at % 2048) + chr(at)
        case "I":
            return Int(at)
        case "S":
            return Str("text")
        case "L":
            return List([1, 2])
        case "D":
            return Dict(a=1)
        case "N":
            return float("nan") if at % 2 else float("-inf")
        case "@":
            return around
        case "B":
            return 1 << (at + 40)
        case "O":
            return Odd()
        case "g":
            return (n for n in range(3))
        case "y":
            return bytearray(b"bytes")
    return letter * (at % 40)
