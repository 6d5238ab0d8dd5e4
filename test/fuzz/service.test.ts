import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { builtIn } from '../../checkers/index.ts';
import { isCheckError, type Json, type ResourceDrift } from '../../src/checker.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { expandEnvironment } from '../../src/config/expand-environment.ts';
import { ConfigError, parseConfig } from '../../src/config/load-config.ts';
import { readYaml, YamlError } from '../../src/config/read-yaml.ts';
import { diffValues } from '../../src/diff/diff-values.ts';
import { parsePointer, toPointer } from '../../src/diff/json-pointer.ts';
import { matchesGlob } from '../../src/diff/glob.ts';
import { safeLine } from '../../src/diff/render-safe-text.ts';
import { acceptsGzip, bestAccepted } from '../../src/http/accept.ts';
import { continueToken, parseContinueToken } from '../../src/http/continue-token.ts';
import { acceptsCheck, FILTERS, parseDiffQuery } from '../../src/http/diff-query.ts';
import { HttpError } from '../../src/http/http-error.ts';
import { createDeflater } from '../../src/metrics/deflater.ts';
import { formatSamples } from '../../src/metrics/format-samples.ts';
import { gzipMember, zipAll } from '../../src/metrics/gzip-member.ts';
import { Part } from '../../src/metrics/part.ts';
import { METRICS } from '../../src/metrics/table.ts';
import { maskText } from '../../src/redact/mask-text.ts';
import { createRegistry } from '../../src/registry.ts';
import { Board } from '../../src/run/board.ts';
import { createIgnoreRules } from '../../src/run/ignore-rules.ts';
import { gitFailure } from '../../src/source/git-failure.ts';
import { parseGitUrl } from '../../src/source/git-url.ts';
import { always, alwaysAsync, DEEP, deepJson, hostileJson, hostileText, injured, injuries } from './fuzz.ts';

const LONG = 200_000;

/** What it throws; undefined when it returns. */
function thrownBy(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('the configuration, injured:', () => {
  const text = readFileSync(join(import.meta.dirname, '../../examples/reference.yaml'), 'utf8');
  const loadCheckers = createRegistry(builtIn);

  async function load(yaml: string): Promise<unknown> {
    return parseConfig(yaml, { file: '/x/drift-exporter.yaml', environment: {}, loadCheckers }).catch(
      (error: unknown) => error,
    );
  }

  it('is in force or refused with reasons', async () => {
    await alwaysAsync(
      fc.asyncProperty(injuries, async (all) => {
        const outcome = await load(injured(text, all));
        if (!(outcome instanceof Error)) return;
        expect(outcome, String(outcome.stack)).to.be.instanceOf(ConfigError);
        expect((outcome as ConfigError).errors).not.to.deep.equal([]);
      }),
      60,
    );
  });

  it('with any values at all is refused with reasons', async () => {
    const sections = fc.dictionary(
      fc.constantFrom('global', 'store', 'web', 'sources', 'checks', 'ignore', 'redact', 'plugins', '__proto__', 'x'),
      fc.oneof(hostileJson, fc.array(hostileJson)),
      { minKeys: 1 },
    );
    await alwaysAsync(
      fc.asyncProperty(sections, async (document) => {
        const outcome = await load(JSON.stringify(document));
        if (outcome instanceof Error) expect(outcome, String(outcome.stack)).to.be.instanceOf(ConfigError);
      }),
      200,
    );
  });

  it(`nested ${DEEP} deep, unfolding to billions or cyclic is refused`, () => {
    const bomb = ['a: &a [x]', ...Array.from({ length: 40 }, (_, at) => `k${at}: &k${at} [*a, *a]`)];
    const doubling = Array.from({ length: 40 }, (_, at) => `k${at + 1}: &k${at + 1} [*k${at}, *k${at}]`);
    for (const yaml of [deepJson(), `${'- '.repeat(DEEP)}1`, ['k0: &k0 [x]', ...doubling].join('\n'), 'a: &a [*a]'])
      expect(thrownBy(() => readYaml(yaml))).to.be.instanceOf(YamlError);
    expect(thrownBy(() => readYaml(bomb.join('\n')))).to.equal(undefined);
  });

  it('takes variables of the environment, and of nothing else', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect(expandEnvironment(`\${${name}}`, {}).errors).to.have.length(1);
    always(
      fc.property(hostileText, hostileText, (before, value) => {
        const plain = before.replaceAll('$', '');
        expect(expandEnvironment(`${plain}\${A}$\${A}`, { A: value })).to.deep.include({
          document: `${plain}${value}\${A}`,
          errors: [],
        });
      }),
    );
  });
});

describe('small languages', () => {
  it('durations are what their parts add up to, and nothing else is one', () => {
    const part = (unit: string, factor: number): fc.Arbitrary<readonly [string, number]> =>
      fc
        .option(fc.nat(10_000), { nil: undefined })
        .map((n) => (n === undefined ? ['', 0] : [`${n}${unit}`, n * factor]));
    const parts = fc.tuple(
      part('w', 604_800_000),
      part('d', 86_400_000),
      part('h', 3_600_000),
      part('m', 60_000),
      part('s', 1000),
      part('ms', 1),
    );
    always(
      fc.property(parts, (all) => {
        const text = all.map(([shown]) => shown).join('');
        expect(parseDuration(text)).to.equal(text === '' ? undefined : all.reduce((sum, [, ms]) => sum + ms, 0));
      }),
    );
    always(
      fc.property(hostileText, (text) => {
        const found = parseDuration(text);
        expect(found === undefined || /^(\d+(ms|[wdhms]))+$/.test(text)).to.equal(true);
      }),
    );
  });

  it('a pointer leads back to its path', () => {
    always(
      fc.property(fc.array(fc.oneof(hostileText, fc.constantFrom('~1', '/~', '~0~1'))), (path) => {
        expect(parsePointer(toPointer(path))).to.deep.equal(path);
      }),
    );
  });

  it('a glob matches what the same regular expression does, in time', () => {
    const alphabet = fc.string({ unit: fc.constantFrom('a', 'b', '/', '[', '.', '\n'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '[', '.', '*', '?'), maxLength: 8 });
    always(
      fc.property(pattern, alphabet, (glob, text) => {
        const source = glob.replaceAll(/[[.]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(glob, text)).to.equal(glob === text || new RegExp(`^${source}$`, 's').test(text));
      }),
      1000,
    );
    expect(matchesGlob('*a'.repeat(200), `${'a'.repeat(5000)}b`)).to.equal(false);
  });

  it('an Accept header prefers one of what is offered, or nothing', () => {
    const offered = ['text/plain', 'application/json', 'text/html'];
    const piece = fc.constantFrom(
      'text/plain',
      '*/*',
      'text/*',
      ';q=',
      '0',
      '1.5',
      'NaN',
      ',',
      ';',
      ' ',
      'q=0.5',
      '\t',
    );
    always(
      fc.property(fc.array(fc.oneof(piece, hostileText), { maxLength: 20 }), (pieces) => {
        expect([...offered, undefined]).to.include(bestAccepted(pieces.join(''), offered));
        expect(acceptsGzip(pieces.join(''))).to.be.a('boolean');
      }),
      300,
    );
  });

  it('a continue token leads back to its place; anything else is a bad request', () => {
    always(
      fc.property(hostileText, fc.option(hostileText, { nil: undefined }), (check, address) => {
        const place = { check, ...(address !== undefined && { address }) };
        expect(parseContinueToken(continueToken(place))).to.deep.equal(place);
      }),
    );
    always(
      fc.property(
        fc.oneof(
          hostileText,
          hostileJson.map((json) => Buffer.from(JSON.stringify(json)).toString('base64url')),
        ),
        (token) => {
          const error = thrownBy(() => parseContinueToken(token));
          if (error !== undefined) expect(error).to.be.instanceOf(HttpError);
        },
      ),
    );
  });

  it('a query is understood or a bad request', () => {
    const name = fc.oneof(
      hostileText,
      fc.constantFrom(
        ...FILTERS,
        'limit',
        'continue',
        'format',
        'ref',
        'before',
        'sort',
        'page',
        'watch',
        'label.a',
        'label.constructor',
      ),
    );
    const value = fc.oneof(
      hostileText,
      fc.constantFrom('1', '-1', '1e3', 'json', 'drifted', '2026-13-01', '2026-01-01', '*'),
    );
    const allowed = [...FILTERS, 'limit', 'continue', 'format', 'ref', 'before', 'sort', 'page', 'watch'];
    always(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), (pairs) => {
        const error = thrownBy(() => parseDiffQuery(new URLSearchParams(pairs), allowed));
        if (error !== undefined) expect(error).to.be.instanceOf(HttpError).and.include({ status: 400 });
      }),
      500,
    );
  });

  it('labels that no check has match nothing, whatever JavaScript calls so', () => {
    const board = new Board();
    board.configure([
      {
        name: 'a',
        checker: 'command',
        schedule: { kind: 'interval', intervalMs: 1, jitter: 0 },
        timeoutMs: 1,
        labels: {},
        confirmations: 1,
        options: {},
      } as unknown as Parameters<Board['configure']>[0][number],
    ]);
    for (const label of ['constructor', 'toString', '__proto__', 'a']) {
      const query = parseDiffQuery(new URLSearchParams([[`label.${label}`, '*']]), FILTERS);
      for (const entry of board.entries()) expect(acceptsCheck(query, entry), label).to.equal(false);
    }
  });

  it('git URLs are read or refused, and never quoted with what logs in', () => {
    always(
      fc.property(
        fc.oneof(
          hostileText,
          fc.webUrl(),
          fc.webUrl().map((url) => url.replace('://', '://me:s3cr3t@')),
        ),
        (url) => {
          const error = thrownBy(() => {
            expect(parseGitUrl(url).location).not.to.include('s3cr3t');
          });
          if (error === undefined) return;
          expect(isCheckError(error)).to.equal(true);
          expect((error as Error).message).not.to.include('s3cr3t');
        },
      ),
      300,
    );
  });

  it('whatever git says is a failure with a short message, in time', () => {
    always(
      fc.property(fc.array(hostileText, { maxLength: 30 }), fc.nat(255), (lines, code) => {
        const { reason, message } = gitFailure(lines.join('\n'), code);
        expect(reason).to.be.a('string');
        expect(message.length).to.be.within(1, 620);
      }),
    );
    for (const piece of ['repository ', 'failed to ', "transport '", 'object file ', ' ', '\r', 'certificate '])
      expect(gitFailure(piece.repeat(LONG / piece.length), 128).reason).to.be.a('string');
  });
});

describe('values', () => {
  const json = hostileJson as fc.Arbitrary<Json>;

  it('do not differ from themselves, nor in the order of their keys', () => {
    const reversed = (value: Json): Json => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map((item: Json) => reversed(item));
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, item]) => [key, reversed(item)]),
      );
    };
    always(
      fc.property(json, (value) => {
        expect(diffValues(value, structuredClone(value))).to.deep.equal([]);
        expect(diffValues(value, reversed(value))).to.deep.equal([]);
      }),
      300,
    );
  });

  it('that differ as JSON differ, at a path that is there', () => {
    always(
      fc.property(json, json, (live, desired) => {
        const [one, other] = [live, desired].map((value) => JSON.parse(JSON.stringify(value)) as Json);
        const changes = diffValues(one, other);
        expect(changes.length === 0).to.equal(isSame(one, other));
        for (const { path, op, live: before, desired: after } of changes) {
          if (op !== 'add') expect(before).to.deep.equal({ kind: 'known', value: at(one, path) });
          if (op !== 'remove') expect(after).to.deep.equal({ kind: 'known', value: at(other, path) });
        }
      }),
      1000,
    );
  });

  it('shown in a line stay in it', () => {
    always(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safeLine(text)).not.to.match(/[\p{Cc}\u2028\u2029\u202e]/u);
      }),
      500,
    );
  });

  it('are masked in time that grows with their length', () => {
    const pieces = [
      'a.-',
      'a',
      '-',
      ' ',
      '\r',
      '=',
      '"',
      '\\',
      'a://',
      '://a:',
      'password',
      'password=',
      'password="',
      '$1$',
      'bearer ',
      'eyJ',
      'sig=',
      '-----BEGIN PRIVATE KEY-----',
      '--a ',
      "key='",
    ];
    for (const piece of pieces) maskText(`password=x :// PRIVATE KEY ${piece.repeat(LONG / piece.length)}`);
  });

  it('pass ignore rules whole, in part or not at all, in time', () => {
    const rules = createIgnoreRules([
      { name: 'slow', match: { address: '*a*a*a*a*a*a*a*a*b', path: '/**/a/**/b/**/c' } },
    ] as unknown as Parameters<typeof createIgnoreRules>[0]);
    const changes = [{ op: 'remove' as const, path: '/a'.repeat(60) }];
    const drift: ResourceDrift = {
      address: `b${'a'.repeat(3000)}`,
      type: 't',
      action: 'update',
      cause: 'unknown',
      changes,
    };
    expect(rules.apply({ check: 'c', checker: 'x', drift, now: new Date() }).drift).to.deep.equal(drift);
    const same = createIgnoreRules([
      { name: 'slow', match: { path: '/**/a/**/b/**/c/**/d/**/e' } },
    ] as unknown as Parameters<typeof createIgnoreRules>[0]);
    expect(same.apply({ check: 'c', checker: 'x', drift, now: new Date() }).drift).to.deep.equal(drift);
  });
});

/** Equal as JSON: -0 is 0 there. */
function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}

function at(value: Json | undefined, pointer: string): unknown {
  return parsePointer(pointer).reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
}

describe('the exposition', () => {
  const metric = METRICS[0];

  it('of any labels and values reads back as it was', () => {
    const labels = fc.dictionary(
      fc.constantFrom('check', 'address', 'a_b'),
      hostileText.map((text) => text.toWellFormed()),
      { maxKeys: 3 },
    );
    const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 2 ** 53));
    always(
      fc.property(labels, value, (given, number) => {
        if (metric === undefined) return;
        const text = Buffer.from(formatSamples(metric, [{ labels: given, value: number }])).toString();
        expect(text.split('\n')).to.have.length(2);
        const [, name, inside = '', shown = ''] = /^(\w+)(?:\{(.*)\})? (\S+)\n$/s.exec(text) ?? [];
        expect(name).to.equal(metric.name);
        const read = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/gs)].map(([, label, escaped = '']) => [
          label,
          escaped.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
        ]);
        expect(Object.fromEntries(read)).to.deep.equal(given);
        const back = shown === 'Nan' ? NaN : Number(shown.replace('Inf', 'Infinity'));
        expect(Object.is(back, number) || back === number).to.equal(true);
      }),
      300,
    );
  });

  it('of any parts unzips to what they say', async () => {
    const deflater = createDeflater();
    await alwaysAsync(
      fc.asyncProperty(fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 300 }))), async (texts) => {
        const parts = texts.map((group) => group.map((text) => new Part(text)));
        const zipped = await Promise.all(parts.map((group) => zipAll(group, deflater)));
        const whole = texts.flat().map((text) => Buffer.from(text));
        expect(gunzipSync(Buffer.concat(gzipMember(zipped))).equals(Buffer.concat(whole))).to.equal(true);
      }),
      40,
    );
    deflater.close();
  });
});
