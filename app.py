"""Build the app and serve it: `python app.py` (HOST and PORT override 127.0.0.1:7860)."""

from explorer.shell.app import serve

if __name__ == "__main__":
    serve()
