import { expect } from 'chai';
import { createCanaries } from '../support/canaries.ts';

describe('the search for planted secrets', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const forms: Readonly<Record<string, (secret: string) => string>> = {
    'as it is': (secret) => secret,
    'in base64': base64,
    'in base64, one byte in': (secret) => base64(`u${secret}@h`),
    'in base64, two bytes in': (secret) => base64(`ab${secret}@h`),
    'in base64, after a name': (secret) => base64(`user:${secret}@h`),
    'in base64 for URLs': (secret) => Buffer.from(secret).toString('base64url'),
    'in a URL': encodeURIComponent,
    'in JSON': JSON.stringify,
    'in JSON within JSON': (secret) => JSON.stringify(JSON.stringify(secret)),
    'in hexadecimal': (secret) => Buffer.from(secret).toString('hex'),
    'in capital hexadecimal': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
    'in bytes read as latin1': (secret) => Buffer.from(secret).toString('latin1'),
  };
  for (const [title, form] of Object.entries(forms))
    it(`finds one ${title}`, () => {
      const canaries = createCanaries();
      for (const secret of [canaries.plant('plain'), canaries.plantOdd('odd'), canaries.adopt('adopted', 's3cr3t"x/y')])
        expect(canaries.leaks(new Map([['the log', `a ${form(secret)} b`]]))).to.have.lengthOf(1);
    });

  it('finds none where there is none', () => {
    const canaries = createCanaries();
    const secret = canaries.plant('plain');
    canaries.plant('another');
    expect(canaries.leaks(new Map([['the log', secret.slice(1)]]))).to.deep.equal([]);
  });
});
