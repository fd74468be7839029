// node graphql_ws.mjs FOLDER ws://…/graphql
//
// Each case is said to our server and to the reference one (npm's graphql-ws), both as a rude client
// says it; what each answered, and how it ended, is printed as JSON: {cases: {name: [ours, theirs]}}.
// Then the reference client asks ours: {asked: [...], changed: [...]}.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';

const [folder, url] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { buildSchema } = require('graphql');
const { createClient } = require('graphql-ws');
const { useServer } = require('graphql-ws/use/ws');
const { WebSocket, WebSocketServer } = require('ws');

const PROTOCOL = 'graphql-transport-ws';
const QUERY = { query: '{ __typename }' };
const WAITING = { query: 'subscription { listingChanged { id } }' };
const QUIET_MS = 400; // nothing said for so long: it stays open

const init = { type: 'connection_init' };
const subscribe = (id, payload) => ({ type: 'subscribe', id, payload });
const cases = {
  'a query': [init, subscribe('1', QUERY)],
  'a ping': [{ type: 'ping' }],
  'a ping that brings something': [{ type: 'ping', payload: { a: 1 } }],
  'an unasked pong': [{ type: 'pong' }],
  'before the beginning': [subscribe('1', QUERY)],
  'beginning twice': [init, init],
  'an id in use': [init, subscribe('1', WAITING), subscribe('1', QUERY)],
  'an id with blanks in use': [init, subscribe('a b', WAITING), subscribe('a b', QUERY)],
  'an id that is free again': [init, subscribe('1', WAITING), { type: 'complete', id: '1' }, subscribe('1', QUERY)],
  'completing what is not there': [init, { type: 'complete', id: '7' }],
  'no JSON': ['{'],
  'an empty message': [''],
  'no object': ['"ping"'],
  'no type': ['{}'],
  'an unknown type': [{ type: 'start', id: '1' }],
  'no id': [init, { type: 'subscribe', payload: QUERY }],
  'an empty id': [init, subscribe('', QUERY)],
  'an id that is a number': [init, subscribe(7, QUERY)],
  'no payload': [init, { type: 'subscribe', id: '1' }],
  'a query that is a number': [init, subscribe('1', { query: 7 })],
  'variables that are none': [init, subscribe('1', { ...QUERY, variables: 'none' })],
  'completing without an id': [init, { type: 'complete' }],
  'a beginning whose payload is text': [{ ...init, payload: 'me' }],
  'a document that does not fit': [init, subscribe('1', { query: '{ nonsense }' })],
  'a document that is none': [init, subscribe('1', { query: '{' })],
};

const server = createServer();
useServer(
  {
    schema: buildSchema(`type Query { a: Int } type Subscription { listingChanged: Change! } type Change { id: ID! }`),
    roots: { subscription: { listingChanged: async function* () { await new Promise(() => {}); } } },
  },
  new WebSocketServer({ server }),
);
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const reference = `ws://127.0.0.1:${server.address().port}/`;

function conversation(address, messages, protocols = [PROTOCOL]) {
  return new Promise((done) => {
    const socket = new WebSocket(address, protocols);
    const heard = [];
    let quiet;
    const wait = () => {
      clearTimeout(quiet);
      if (heard.at(-1)?.[0] === 'close') return;
      quiet = setTimeout(() => {
        heard.push('stays open');
        socket.terminate();
        done(heard);
      }, QUIET_MS);
    };
    socket.on('open', async () => {
      wait();
      for (const message of messages) {
        socket.send(typeof message === 'string' ? message : JSON.stringify(message));
        await new Promise((later) => setTimeout(later, 50));
      }
      wait();
    });
    socket.on('message', (data) => {
      const { type, id, payload } = JSON.parse(data);
      const brought = type === 'error' ? 'errors' : payload;
      heard.push([type, id, brought].filter((part) => part !== undefined));
      wait();
    });
    socket.on('close', (code, reason) => {
      clearTimeout(quiet);
      if (heard.at(-1) !== 'stays open') heard.push(['close', code, code === 4400 ? '…' : String(reason)]);
      done(heard);
    });
    socket.on('error', () => {});
  });
}

const results = {};
for (const [name, messages] of Object.entries(cases)) {
  results[name] = await Promise.all([url, reference].map((address) => conversation(address, messages)));
}
results['no subprotocol'] = await Promise.all([url, reference].map((address) => conversation(address, [], [])));

const client = createClient({ url, webSocketImpl: WebSocket });
const asked = [];
for await (const result of client.iterate(QUERY)) asked.push(result);
const changed = [];
const changes = client.iterate({ query: 'subscription { listingChanged { listing { title } } }' });
setTimeout(() => console.log('listening'), 500);
for await (const result of changes) {
  changed.push(result);
  break;
}
await client.dispose();
console.log(JSON.stringify({ cases: results, asked, changed }));
process.exit(0);
