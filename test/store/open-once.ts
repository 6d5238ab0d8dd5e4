/** Opens the store of a URL in a process of its own, records one run, and prints what it logged. */
import { pino } from 'pino';
import { openStore } from '../../src/store/open-store.ts';
import { RETENTION } from './open.ts';
import { result, stateAfter } from './run-results.ts';

const [url = '', check = ''] = process.argv.slice(2);
const store = await openStore({ kind: 'postgres', url }, { retention: RETENTION, log: pino() });
const run = result({ check });
await store.record(stateAfter([run]), run);
await store.close();
