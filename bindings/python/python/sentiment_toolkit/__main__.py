"""`python -m sentiment_toolkit` runs the program."""

from sentiment_toolkit._program import main

main()
