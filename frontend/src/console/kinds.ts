// How kinds of channels and identities are called on the screen; one without a word here goes by its own name.

const WORDS: Record<string, string> = { webchat: "chat" };

export function kindWord(kind: string): string {
  return WORDS[kind] ?? kind;
}
