"""Attachments: what somebody uploaded, under the name they gave it.

A row says whose a file is and what its bytes turned out to be; the bytes are a content of the store
(store/contents.py), held once however often they come. Start at `rules.py`.
"""
