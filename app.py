"""Build the app and serve it: `python app.py` is `llm-explorer run`."""

import sys

from explorer.cli import main

if __name__ == "__main__":
    main(["run", *sys.argv[1:]])
