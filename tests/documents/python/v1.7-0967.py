#!/usr/bin/env python3
import sys
import os

# Add venv site-packages to the import path
script_dir = os.path.dirname(os.path.abspath(__file__))
venv_path = os.path.join(script_dir, 'venv', 'lib', 'python3.12', 'site-packages')
sys.path.insert(0, venv_path)

# Now you can import packages from the venv
import requests
import vh

def OnUserLogin(nick):
    """Example: Fetch user stats from external API"""
    try:
        response = requests.get(f'https://api.example.com/user/{nick}')
        if response.status_code == 200:
            data = response.json()
            vh.pm(nick, f"Welcome back! Your rank: {data['rank']}")
    except Exception as e:
        print(f"API error: {e}")
    
    return 1
