# script1.py
shared_config = {'debug': True}

def OnUserLogin(nick):
    print(f"Debug mode: {shared_config['debug']}")
    return 1
