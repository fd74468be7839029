"""The shop window: whatever is open to the public, where, until when. What search reads.

Upper rooms publish rows here about their own subjects (an asset, later an opportunity, a shop, an
offer) and take them back; search reads this room alone and knows no subject. A new kind is one
value of `ListingKind` and one publisher in the room that has the subject: nothing else changes.
open <-> hidden, and either -> closed | withdrawn. Start at `rules`, then `actions`.
window      `rules` say what may stand in it and how long, `tables` hold it, `actions` publish and
            take back
asking      `queries` is how it is searched, `schema` how the API says so; `queries_clusters`
            gathers a map's points into cells
words       `words` makes a text into words, in Python; `queries_words` finds them, in SQL
visiting    `openings` are the rules of when something can be visited
"""
