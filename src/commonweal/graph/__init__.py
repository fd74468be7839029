"""GraphQL plumbing without any feature: a selection becomes one SQL statement per level of lists,
and its rows the response; a mutation runs in one transaction and is read back in the same way.

Start at `declare` (what a type says, in `scalars` too), then `plan`, `reader` and `mutation`.
asking      `reader` answers a `request`: its `variables`, a plan, statements; `subscription` does
            so again at each news; `node` is one by its id; `refusals` say what is not done; a
            `mutation` answers with its `payload`
planning    `plan` is what becomes of a selection; `visibility` adds who may see which rows
statements  `statement` is one level of lists; `sql` what we add to SQLAlchemy; `ask` a value bound
            per request; `picked` hands on only columns asked for
lists       `order` and `cursor` say where a page begins; `walk` finds its rows without reading all;
            `groups` gathers rows, `worked` has Python do it; `announced` are those that changed
answers     `assemble` turns rows into the response, by a function made for the selection
safety      `checks` refuse a wrong schema when it is built; `reference` answers the same types one
            field at a time: tests hold the planner against it
"""
