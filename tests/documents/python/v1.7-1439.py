import vh

blacklist = set()

def OnScriptCommand(cmd, data, plug, script):
    if cmd == "add_to_blacklist" and script != vh.path:
        blacklist.add(data)
        vh.SendToOpChat(f"Blacklist updated by {script}")
