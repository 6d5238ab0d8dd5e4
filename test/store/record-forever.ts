/** Records in a loop, three checks in turn, and prints the number of each record once it is acknowledged. */
import { open } from './open.ts';
import { drifted, minute, resource, stateAfter } from './run-results.ts';

const [path = '', start = '0'] = process.argv.slice(2);
const store = await open(path);
for (let number = Number(start); ; number++) {
  const check = `check-${number % 3}`;
  const drift = Array.from({ length: 1 + (number % 40) }, (_, index) => resource(`r${index}`, String(number)));
  const run = drifted(drift, { check, startedAt: minute(number) });
  await store.record({ ...stateAfter([run]), version: Math.floor(number / 3) + 1 }, run);
  process.stdout.write(`${number}\n`);
}
