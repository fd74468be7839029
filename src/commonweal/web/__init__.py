"""The service as the world meets it: HTTP, the merged schema, limits, jobs, the landing page.

Start at `app.py`, which is the application on one screen. The rest stands in four corners:
transports  `asgi`, `hosts`; `http` and `socket` for GraphQL, `persisted`; `files`, `registers`
answering   `answers` ties `schema` (which merges the `rooms`), `limits` and database together;
            `warming` plans ahead; `settings`; `jobs` is what is done after a commit; `printed` is
            the folder schema/
watching    `observing` notes each request for `figures` and `logs`; `probes` say how it is
pages       `pages`, `views`, `timelines` and the `examples`: for people with a browser
"""
