"""The shop window: whatever is open to the public, where, until when. What search reads.

Upper rooms publish rows here about their own subjects (an asset, later an opportunity, a shop, an
offer) and take them back; search reads this table alone and knows no subject. A new kind is one
value of `ListingKind` and one publisher in the room that has the subject: nothing else changes.
open -> closed | withdrawn. Start at `rules.py`.
"""
