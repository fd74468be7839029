"""Something worth doing nearby: opportunities, their shifts, and who comes.

An opportunity is an organisation's, and stands in the shop window while it is open. A shift has
roles with places; a place is held by a sign-up, or offered for a time to who waited longest. That
places never exceed a role's is kept under the shift's row, and a waiting list passes on by itself.
Start at `rules`.
an opportunity    `tables`, `actions`, `schema`: draft, open, closed
a sign-up         `actions_signups`, `schema_signups`: a place, a place offered, or a place in line
"""
