"""The service as the world meets it: HTTP, the merged schema, limits, jobs, the landing page.

Start at `app.py`, which is the application on one screen. `schema.py` merges the rooms' parts;
`answers.py` ties schema, limits and database together; `http.py` is GraphQL over HTTP.
"""
