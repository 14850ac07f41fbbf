// A language's name in English, as the console speaks it.
const names = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

export function languageName(tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag; // not well-formed: as it was said
  }
}
