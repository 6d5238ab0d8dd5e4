import { CORE_SCHEMA, defineMappingTag, defineScalarTag, defineSequenceTag, load, type Schema } from 'js-yaml';

/**
 * Reads YAML that Ruby wrote as plain data: `!ruby/object:...` is its mapping, `!ruby/sym x` is `x`. No tag makes an
 * object of any class. Throws what the parser throws.
 */
export function readRubyYaml(text: string): unknown {
  return load(text, { schema: RUBY_SCHEMA });
}

const never = (): boolean => false;

const rubyMapping = defineMappingTag('!ruby/', {
  matchByTagPrefix: true,
  create: () => new Map<string, unknown>(),
  addPair: (carrier, key, value) => {
    carrier.set(String(key), value);
    return '';
  },
  has: (carrier, key) => carrier.has(String(key)),
  keys: (result: Record<string, unknown>) => Object.keys(result),
  get: (result, key) => result[String(key)],
  finalize: (carrier) => Object.fromEntries(carrier),
  identify: never,
});

const rubySequence = defineSequenceTag('!ruby/', {
  matchByTagPrefix: true,
  create: (): unknown[] => [],
  addItem: (carrier, item) => {
    carrier.push(item);
  },
  identify: never,
});

const rubyScalar = defineScalarTag('!ruby/', { matchByTagPrefix: true, resolve: (source) => source, identify: never });

/** Ruby writes text that is no UTF-8 so. */
const binary = (tagName: string): ReturnType<typeof defineScalarTag<string>> =>
  defineScalarTag(tagName, { resolve: (source) => Buffer.from(source, 'base64').toString('utf8'), identify: never });

const RUBY_SCHEMA: Schema = CORE_SCHEMA.withTags(
  rubyMapping,
  rubySequence,
  rubyScalar,
  binary('!binary'),
  binary('tag:yaml.org,2002:binary'),
);
