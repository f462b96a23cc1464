def OnHubCommand(nick, command, uclass, in_pm, prefix):
    write = vh.pm if in_pm else vh.usermc
    
    if command == "myip":
        write(f"Your IP: {vh.GetUserIP(nick)}", nick)
        return 0
    
    if command == "stats" and uclass >= 3:
        write(f"Users: {vh.GetUsersCount()}", nick)
        return 0
