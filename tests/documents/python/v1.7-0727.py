#!/usr/bin/env python3
"""
Script description and purpose
"""
import vh  # Always import the vh module

# Optional: Define script metadata
def name_and_version():
    return "MyScript", "1.0"

# Define your hook functions
def OnUserLogin(nick):
    vh.SendToAll(f"{nick} joined!")
    return 1

def OnParsedMsgChat(nick, message):
    if "badword" in message.lower():
        vh.pm(nick, "Please watch your language")
        return 0  # Block the message
    return 1

def OnTimer(msec):
    # Periodic tasks
    return 1

# Scripts can also define helper functions
def is_operator(nick):
    return vh.GetUserClass(nick) >= 3

def send_stats_report():
    count = vh.GetUsersCount()
    vh.SendToOpChat(f"Users online: {count}")
