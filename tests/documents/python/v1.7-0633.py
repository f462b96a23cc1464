import vh

def OnUserCommand(nick, command):
    """Handle custom commands powered by C++ plugin"""
    
    if command.startswith("!stats"):
        # Call C++ analytics plugin
        stats = vh.CallDynamicFunction('get_detailed_stats', nick)
        if stats:
            messages, searches, downloads = stats
            vh.pm(nick, f"Your activity: {messages} msgs, {searches} searches, {downloads} downloads")
        return 0
    
    elif command.startswith("!calc"):
        # Use C++ math library
        try:
            _, expression = command.split(" ", 1)
            result = vh.CallDynamicFunction('evaluate_expression', expression)
            vh.pm(nick, f"Result: {result}")
        except:
            vh.pm(nick, "Usage: !calc <expression>")
        return 0
    
    elif command.startswith("!check"):
        # Validate using external C++ library
        _, data = command.split(" ", 1)
        is_valid = vh.CallDynamicFunction('validate_data', data)
        vh.pm(nick, "Valid!" if is_valid else "Invalid data")
        return 0
    
    return 1

def OnTimer(msec):
    """Periodic analytics"""
    if int(msec) % 60000 < 1000:  # Every minute
        # Call C++ plugin for intensive computation
        report = vh.CallDynamicFunction('generate_hourly_report')
        if report:
            vh.SendToOpChat(f"Hourly report: {report}")
    
    return 1
