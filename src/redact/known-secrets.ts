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
  return [secret, ...lines].flatMap((form) => [
    form,
    Buffer.from(form).toString('base64'),
    Buffer.from(form).toString('base64').replace(/=+$/, ''),
    Buffer.from(`${form}\n`).toString('base64'),
    Buffer.from(form).toString('base64url'),
    encodeURIComponent(form),
    JSON.stringify(form).slice(1, -1),
  ]);
}
