import {
  binaryTag,
  defineScalarTag,
  dump,
  load,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  Schema,
  seqTag,
  strTag,
  YAMLException,
} from 'js-yaml';
import { exactInteger } from '../../../src/diff/exact-json.ts';

/**
 * One YAML document as Kubernetes reads it (go-yaml 2 behind sigs.k8s.io/yaml): YAML 1.1 booleans and octals, no base-60
 * numbers, timestamps stay text, a repeated key's last value wins. Integers that a JSON number cannot hold are their
 * decimal digits. The result may share nodes or be cyclic (anchors). Throws YamlSyntaxError.
 */
export function parseYaml(text: string): unknown {
  try {
    return load(text, { schema, json: true, maxTotalMergeKeys: 100_000 });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlSyntaxError(error.reason, error.mark?.line ?? 0, { cause: error });
  }
}

/** A document that `parseYaml` reads as the same value: text that reads as anything else is quoted, no other. */
export function formatYaml(value: unknown): string {
  return dump(value, { schema, lineWidth: -1, noRefs: true });
}

export class YamlSyntaxError extends Error {
  override readonly name = 'YamlSyntaxError';
  /** 0-based, from the start of the text. */
  readonly line: number;

  constructor(message: string, line: number, options?: ErrorOptions) {
    super(message, options);
    this.line = line;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);

const boolTag = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: Array.from('yYnNtTfFoO'),
  resolve: (source) => BOOLEANS.get(source) ?? NOT_RESOLVED,
  identify: (data) => typeof data === 'boolean',
});

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MIN = -(2n ** 63n);

const intTag = defineScalarTag<number | string>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: Array.from('+-0123456789'),
  resolve: (source) => {
    const plain = source.replaceAll('_', '');
    if (!INTEGER.test(plain)) return NOT_RESOLVED;
    const value = toBigInt(plain);
    return value > UINT64_MAX || value < INT64_MIN ? NOT_RESOLVED : exactInteger(value);
  },
  identify: (data) => Number.isInteger(data),
});

function toBigInt(text: string): bigint {
  const digits = text
    .replace(/^[-+]/, '')
    .replace(/^0(?=[0-7])/, '0o')
    .toLowerCase();
  return text.startsWith('-') ? -BigInt(digits) : BigInt(digits);
}

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

const floatTag = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: Array.from('+-.0123456789'),
  resolve: (source) => {
    const plain = source.replaceAll('_', '');
    const value = FLOAT.test(plain) ? Number(plain) : NaN;
    return Number.isFinite(value) ? value : NOT_RESOLVED;
  },
  identify: (data) => typeof data === 'number',
});

const schema = new Schema([strTag, nullYaml11Tag, boolTag, intTag, floatTag, mergeTag, binaryTag, seqTag, mapTag]);
