import vh, time

last_check = 0
def OnTimer(msec=0):
    global last_check
    now = time.time()
    
    # Run every 60 seconds
    if now - last_check >= 60:
        count = vh.GetUsersCount()
        if count > 100:
            vh.SendToOpChat(f"High load: {count} users")
        last_check = now
    
    return 1
