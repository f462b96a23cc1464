# Requires these packages:
from fastapi import FastAPI          # PyO3 - fails in sub-interpreter
from pydantic import BaseModel       # PyO3 - fails in sub-interpreter  
import uvicorn                       # Uses PyO3 deps

# Uses threading for background server
import threading                     # Works better in single-interpreter
import asyncio                       # Event loop isolation issues in sub-interpreter

# All of the above require: -DPYTHON_USE_SINGLE_INTERPRETER=ON
