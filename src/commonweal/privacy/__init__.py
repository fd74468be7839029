"""What is held about a person: shown to them whole, and erased when they ask.

It stands above every room that holds something. Start at `holdings.py`, the literal table.
"""
