def OnCloseConnEx(ip, reason, nick):
    if reason == vh.eCR_PASSWORD:
        vh.SendToOpChat(f"Failed login as {nick} from {ip}")
