"""WebSockets for production, on uvicorn: our limits, our pings, and a short way for what many get."""
