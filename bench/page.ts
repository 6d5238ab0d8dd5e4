/**
 * Time to first byte of the page with 10 checks and with 1,000 (10 drifts each): `node --conditions=drift-source
 * bench/page.ts`. The two take turns in one run; the floor is the same server's health answer.
 */
import { largeFleet, serve, type Served } from '../test/http/fleet.ts';

const ROUNDS = 60;
const PATHS = [
  '/',
  '/?status=drifted&sort=resources',
  '/?type=Deployment',
  '/checks/check-0005',
  '/diff?format=html',
  '/diff?limit=100',
  '/diff',
];

const small = await serve(largeFleet(10, 10));
const large = await serve(largeFleet(1000, 10));

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

/** Milliseconds until the headers are there; the body is read, but not timed. */
async function timeToFirstByte({ url }: Served, path: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(url + path);
  const milliseconds = performance.now() - startedAt;
  await response.arrayBuffer();
  return milliseconds;
}

console.log('path | 10 checks, 100 drifts (ms) | 1,000 checks, 10,000 drifts (ms) | ratio | floor (ms)');
for (const path of PATHS) {
  const times: { small: number[]; large: number[]; floor: number[] } = { small: [], large: [], floor: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.small.push(await timeToFirstByte(small, path));
    times.large.push(await timeToFirstByte(large, path));
    times.floor.push(await timeToFirstByte(small, '/-/healthy'));
  }
  const [few, many, floor] = [median(times.small), median(times.large), median(times.floor)];
  console.log([path, few.toFixed(1), many.toFixed(1), (many / few).toFixed(1), floor.toFixed(1)].join(' | '));
}
await Promise.all([small.close(), large.close()]);
