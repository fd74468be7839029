from tests.asking import *
from tests.graph.town import OFFICER
async def test_x(own_town) -> None:
    for d in ("9999-12-31","0001-01-01","2027-03-28"):
        print(d, await ask(own_town, 'mutation($d: Date){publishListing(input:{assetId:"ast_00000000009rh",closesOn:$d}){listing{closesAt} userErrors{__typename ... on UserError{code path message}}}}', {"d":d}, OFFICER))
    for on in ("0001-01-01","9999-12-31"):
        print(await ask(own_town, 'query($d: Date){areas(on:$d){totalCount}}', {"d":on}))
    for d in ("nan","inf","-inf","1e400"):
        print(await ask(own_town, 'query($d: Float!){search(near:{longitude:$d,latitude:51}){totalCount}}', {"d":float(d)}))
    print(await ask(own_town, 'query($d: Float!){search(near:{longitude:$d,latitude:51}){totalCount}}', {"d":10**400}))
    print(await ask(own_town, 'query($d: Float!){search(near:{longitude:1,latitude:51, withinMetres:$d}){totalCount}}', {"d":1e308}))
    print(await ask(own_town, 'query($d: Int!){assets(first:$d){totalCount}}', {"d":10**30}))
    print(await ask(own_town, '{a: assets(after:null){totalCount}}', {}))
