#!/usr/bin/env python3
"""
Simple Verlihub Python script demonstrating event hooks
"""
import vh

# Called when a user sends a chat message
def OnParsedMsgChat(nick, message):
    # Access Verlihub functions via vh module
    user_class = vh.GetUserClass(nick)
    if message.startswith("!stats"):
        count = vh.GetUsersCount()
        vh.pm(nick, f"Users online: {count}, Your class: {user_class}")
        return 0  # Block the command from being displayed
    return 1  # Allow normal messages

# Called when a user logs in
def OnUserLogin(nick):
    vh.SendToAll(f"Welcome {nick}!")
    return 1

# Called periodically (every second)
def OnTimer(msec):
    # Periodic tasks can go here
    return 1
