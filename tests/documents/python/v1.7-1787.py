# script2.py - can access script1's variables!
def OnParsedMsgChat(nick, message):
    if message == "!debug":
        shared_config['debug'] = not shared_config['debug']  # Modifies script1's data
    return 1
