"""Mail: what is said to people outside of the API.

A letter becomes a row and a job line in the transaction of whatever it is about; afterwards the job
hands it to the mail server (waiting → sent or refused), or keeps it where there is none (kept).
Nothing here opens a connection inside a transaction. Start at `rules.py`; `smtp.py` alone speaks
with the server.
"""
