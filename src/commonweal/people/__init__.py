"""Who acts: people, what they sign in with, and the organisations and households they belong to.

    rules, tables, actions, schema          a person, signing in by a code, sessions and tokens
    …_passkeys  …_cards                     other ways in; people without e-mail
    …_organisations  actions_members        groups, councils, businesses; who belongs to them
    …_partners  actions_councils            consortia; councils that hand over to a successor
    …_households  …_checks  …_blocks        families; DBS checks; whom one does not want to hear of

`queries.viewer_of` says who asks. No password is anywhere. Start at `rules.py`, then `actions.py`.
"""
