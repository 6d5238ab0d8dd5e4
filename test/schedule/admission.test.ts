import { expect } from 'chai';
import fc from 'fast-check';
import { admitted, type Weighed } from '../../src/schedule/admission.ts';

/** `a3`: a run of check a that weighs 3. */
const runs = (text: string): Weighed[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ check: word.slice(0, 1), weight: Number(word.slice(1)) }));

const CASES: readonly (readonly [title: string, running: string, waiting: string, room: number, begin: string])[] = [
  ['as many as there is room for', '', 'a1 b1 c1', 2, 'a1 b1'],
  ['none where all the room is taken', 'x1 y1', 'a1', 2, ''],
  ['none where more than the room is taken, as it became smaller', 'x1 y1 z1', 'a1', 2, ''],
  ['heavy ones beside fewer others', '', 'a3 b1 c1', 4, 'a3 b1'],
  ['no second run of a check', 'a1', 'a1 b1', 4, 'b1'],
  ['one of two that wait for the same check', '', 'a1 a1 b1', 4, 'a1 b1'],
  ['nothing before a heavy one that waits for room', 'x2', 'a3 b1', 4, ''],
  ['what is heavier than all the room, alone', '', 'a9 b1', 4, 'a9'],
  ['not what is heavier than all the room beside another', 'x1', 'a9 b1', 4, ''],
  ['others, past one whose check runs', 'a2', 'a3 b1', 4, 'b1'],
];

describe('admitted', () => {
  for (const [title, running, waiting, room, begin] of CASES) {
    it(`begins ${title}`, () => {
      const found = admitted(runs(waiting), { running: runs(running), room, isHeld: () => false });
      expect(found).to.deep.equal(runs(begin));
    });
  }

  it('begins no held check, and lets others pass it', () => {
    const found = admitted(runs('a1 b1'), { running: [], room: 1, isHeld: (check) => check === 'a' });
    expect(found).to.deep.equal(runs('b1'));
  });

  it('with weights of 1 counts runs; never gives more than the room; keeps no core idle that the first could use', () => {
    const anyRuns = (check: string): fc.Arbitrary<Weighed[]> =>
      fc.array(
        fc.record({
          check: fc.string({ minLength: 1, maxLength: 1 }).map((name) => check + name),
          weight: fc.integer({ min: 1, max: 5 }),
        }),
        { maxLength: 6 },
      );
    fc.assert(
      fc.property(anyRuns('r'), anyRuns('w'), fc.integer({ min: 1, max: 8 }), (running, waiting, room) => {
        const begin = admitted(waiting, { running, room, isHeld: () => false });
        const weight = [...running, ...begin].reduce((sum, one) => sum + one.weight, 0);
        if (begin.length > 0 && running.length + begin.length > 1) expect(weight).to.be.at.most(room);
        if (running.length === 0 && waiting.length > 0) expect(begin[0]).to.equal(waiting[0]);
        const alike = waiting.map((one) => ({ ...one, weight: 1 }));
        const distinct = new Set(alike.map(({ check }) => check)).size;
        expect(admitted(alike, { running: [], room, isHeld: () => false })).to.have.lengthOf(Math.min(room, distinct));
      }),
    );
  });

  it('runs everything in the end, the heavy ones too', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 4 }), (all, room) => {
        let waiting = all.map((weight, at) => ({ check: String(at), weight }));
        let running: Weighed[] = [];
        for (let turn = 0; turn < all.length; turn++) {
          const begin = admitted(waiting, { running, room, isHeld: () => false });
          waiting = waiting.filter((one) => !begin.includes(one));
          running = [...running, ...begin].slice(1); // the oldest ends
        }
        expect(waiting).to.deep.equal([]);
      }),
    );
  });
});
