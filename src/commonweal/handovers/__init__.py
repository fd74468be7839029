"""From "surplus" to keys in a group's hand: rounds, sealed bids, scores, a decision that holds up.

A case is one asset's way (proposed -> listed -> business_case -> assessment -> due_diligence ->
decided -> heads_of_terms -> completed -> monitoring); a round is a timetable that cases share.
Start at `rules`.
a round     `tables`, `cases`, `queries`, `actions`, `schema`; `*_interests`: who asks for it first
the public  `*_questions`: answers to all, documents; `*_timeline`, and `*_watches` by mail
a bid       `*_bids`, `*_drafts`, `*_opening`, `*_attachments`; `rules_contents`: what it says
            `envelopes`, `sealing`, `round_keys`, `sharing`: nobody reads one before the deadline
a score     `*_scores`: by whom, blind until all are in, and what came of them
a decision  `*_decisions`: what is missing, who decides, which interest in land is given
the keys    `*_awards`: terms, completion, monitoring, breach, reversion; `*_appeals`
Each number is a dated row (`rules_defaults`), and a case keeps those that it began under.
"""
