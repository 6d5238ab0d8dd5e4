/** Records in a loop, three checks in turn, and prints the number of each record once it is acknowledged. */
import type { StoreConfig } from '../../src/config/config.ts';
import { openStore } from '../../src/store/open-store.ts';
import { LOG, RETENTION } from './open.ts';
import { drifted, minute, resource, stateAfter } from './run-results.ts';

const [config = '', start = '0'] = process.argv.slice(2);
const store = await openStore(JSON.parse(config) as StoreConfig, { retention: RETENTION, log: LOG });
for (let number = Number(start); ; number++) {
  const check = `check-${number % 3}`;
  const drift = Array.from({ length: 1 + (number % 40) }, (_, index) => resource(`r${index}`, String(number)));
  const run = drifted(drift, { check, startedAt: minute(number) });
  const answer = await store.record({ ...stateAfter([run]), version: Math.floor(number / 3) + 1 }, run);
  if (answer.outcome !== 'recorded') throw new Error(`record ${number}: ${answer.outcome}`);
  process.stdout.write(`${number}\n`);
}
