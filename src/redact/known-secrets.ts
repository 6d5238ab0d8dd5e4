import { MASK } from './mask-text.ts';

/** Shorter ones would mask half of any text; they only count as a whole value. */
const SHORTEST = 4;

export interface KnownSecrets {
  add(value: string): void;
  /** Replaces every secret in the text, in any of its usual encodings. */
  mask(text: string): string;
}

/** Secrets known by their value. */
export function createKnownSecrets(): KnownSecrets {
  const whole = new Set<string>();
  const parts = new Set<string>();
  let pattern: RegExp | undefined;
  return {
    add: (value) => {
      const trimmed = value.trim();
      if (trimmed === '') return;
      if (trimmed.length < SHORTEST) whole.add(trimmed);
      else for (const form of formsOf(trimmed)) parts.add(form);
      pattern = undefined;
    },
    mask: (text) => {
      if (whole.has(text)) return MASK;
      if (parts.size === 0) return text;
      pattern ??= new RegExp(
        [...parts]
          .toSorted((a, b) => b.length - a.length)
          .map((part) => RegExp.escape(part))
          .join('|'),
        'g',
      );
      return text.replace(pattern, MASK);
    },
  };
}

function formsOf(secret: string): string[] {
  const lines = secret.includes('\n')
    ? secret
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line.length >= 8)
    : [];
  return [secret, ...lines].flatMap((form) => {
    const hex = Buffer.from(form).toString('hex');
    const json = JSON.stringify(form).slice(1, -1);
    const plain = [form, encodeURIComponent(form), json, JSON.stringify(json).slice(1, -1), hex, hex.toUpperCase()];
    return [...plain, ...base64Forms(form)];
  });
}

/** Shorter ones would mask what only looks alike. */
const SHORTEST_INSIDE = 8;

/** Its base64, and what it looks like inside the base64 of a longer text, such as `user:password`. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const whole = [bytes, Buffer.from(`${secret}\n`)].map((each) => each.toString('base64'));
  const inside = [0, 1, 2].flatMap((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    const whole = Math.floor(shifted.length / 3) * 4;
    const sure = shifted.toString('base64').slice(before === 0 ? 0 : before + 1, whole);
    return sure.length < SHORTEST_INSIDE ? [] : [sure];
  });
  return [...whole, ...whole.map((text) => text.replace(/=+$/, '')), ...inside].flatMap((text) => [
    text,
    text.replaceAll('+', '-').replaceAll('/', '_'),
  ]);
}
