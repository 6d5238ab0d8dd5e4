import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readEventLines, type EventLine } from '../../../checkers/hosts/event-lines.ts';
import { UniqueAddresses } from '../../../checkers/hosts/unique-addresses.ts';
import { isCheckError } from '../../../src/checker.ts';

describe('hosts: event lines', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-lines-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const read = async (text: string, longest?: number): Promise<EventLine[]> => {
    await writeFile(join(dir, 'x'), text);
    return all(readEventLines(join(dir, 'x'), longest));
  };
  const summary = (found: readonly EventLine[]): unknown[] =>
    found.map((line) => (line.kind === 'value' ? line.value : line.message));

  it('gives the value of each line, across chunks and characters of several bytes', async () => {
    const long = 'ä'.repeat(100_000);
    expect(summary(await read(`1\n"${long}"\n{"a":1}\n`))).to.deep.equal([1, long, { a: 1 }]);
  });

  it('a broken line hides no other, and empty lines are nothing', async () => {
    expect(summary(await read('1\noops\n\n2\n'))).to.deep.equal([1, 'line 2: expected a JSON object, got "oops"', 2]);
  });

  it('a last line without its end was cut off', async () => {
    expect(summary(await read('1\n{"a":'))).to.deep.equal([1, 'line 2: cut off after 5 bytes']);
  });

  it('a line over the limit is an error and is not kept', async () => {
    const found = summary(await read(`1\n"${'x'.repeat(200_000)}"\n2\n`, 1000));
    expect(found).to.deep.equal([1, 'line 2: 200002 bytes; the limit is 1000', 2]);
  });

  it('a file that is not there is a failure', async () => {
    const error: unknown = await all(readEventLines(join(dir, 'absent'))).catch((thrown: unknown) => thrown);
    expect(isCheckError(error) && error.reason).to.equal('not_found');
  });

  it('addresses are unique within their host', () => {
    const addresses = new UniqueAddresses();
    expect([addresses.of('a', 'copy'), addresses.of('b', 'copy'), addresses.of('a', 'copy')]).to.deep.equal([
      'a/copy',
      'b/copy',
      'a/copy #2',
    ]);
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
