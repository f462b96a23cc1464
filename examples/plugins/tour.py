"""What the sample plugins tour_c, tour_cpp and tour_rust give to scripts.

    +stats NICK     what somebody has written
    +backwards A B  words in the other order
    +mean 1 2 3     of numbers
"""
import vh


def greeting(nick):
    """The plugin in C++ asks this when somebody logs in."""
    return f"Hello {nick}, type +stats {nick} some time."


def OnUserCommand(nick, command):
    word, *rest = command.split()
    if word == "+stats" and rest:
        stats = vh.CallDynamicFunction("c_stats", rest[0])
        if stats is None:
            vh.usermc(nick, f"{rest[0]} has written nothing.")
        else:
            stats = vh.CallDynamicFunction("c_add_field", stats, "mean", stats["words"] / stats["lines"])
            vh.usermc(nick, f"{rest[0]}: {stats}")
        return 0
    if word == "+backwards":
        vh.usermc(nick, " ".join(vh.CallDynamicFunction("rust_reverse", rest)))
        return 0
    if word == "+mean":
        low, high, mean = vh.CallDynamicFunction("cpp_summary", [float(n) for n in rest])
        vh.usermc(nick, f"from {low} to {high}, {mean} in the mean")
        return 0
    return 1
