import { expect } from 'chai';
import { builtIn } from '../../checkers/index.ts';
import { loadBuiltIn } from '../../checkers/load-built-in.ts';

describe('loadBuiltIn', () => {
  it('loads each built-in checker by its name, alone', async () => {
    for (const checker of builtIn) {
      // A checker that fails here has no line in checkers/load-built-in.ts.
      expect(await loadBuiltIn(new Set([checker.name])), checker.name).to.deep.equal([checker]);
    }
  });

  it('loads all without names, and when a name is none of theirs: then a message lists what there is', async () => {
    expect(await loadBuiltIn()).to.equal(builtIn);
    expect(await loadBuiltIn(new Set(['command', 'no-such']))).to.equal(builtIn);
    expect(await loadBuiltIn(new Set(['constructor']))).to.equal(builtIn);
  });

  it('loads none for a configuration without checks', async () => {
    expect(await loadBuiltIn(new Set())).to.deep.equal([]);
  });
});
